import { createSimulation } from '@nagare/base/sim';
import { baseOffset, splitBatches } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { Log } from './log.ts';
import { defaultLogConfig } from './log-config.ts';
import { sampleBatch } from './sample-batches.ts';

/** Of two records, which together are more than the slack of a search. */
const pair = { valueBytes: 10_000, timestamps: [1000, 1000] };
let sim: ReturnType<typeof createSimulation>;
let log: Log;

beforeEach(async () => {
  sim = createSimulation({ seed: 1 });
  const { disk } = sim.platform();
  await sim.complete(disk.makeDirectory('/data'));
  const place = { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', config: defaultLogConfig, nowMs: 0 };
  const files = { disk, directory: '/data/orders-0', wasCleanShutdown: true, tailBytesMax: 0 };
  log = await sim.complete(Log.open({ ...place, ...files }));
});

/** Appends batches, and lets the disk have all but the last, which is read from memory. */
async function put(count: number): Promise<void> {
  for (let batch = 0; batch < count; batch += 1) {
    log.append(sampleBatch({ ...pair, baseOffset: log.endOffset }), 0);
    await sim.complete(log.synced());
  }
}

async function offsetsAt(offset: number, batches: number): Promise<number[]> {
  const bytesMax = batches * sampleBatch(pair).length;
  const chunks = await sim.complete(Promise.resolve(log.read({ offset, bytesMax, upTo: log.endOffset })));
  return chunks.flatMap(splitBatches).map((batch) => baseOffset(batch));
}

describe('a reader that goes on', () => {
  test('gets as much as it asks for, though an index leads to the batch before', async () => {
    await put(20);
    expect(await offsetsAt(6, 5)).toEqual([6, 8, 10, 12]);
    expect(await offsetsAt(14, 5)).toEqual([14, 16, 18, 20, 22]);
    expect(await offsetsAt(24, 5)).toEqual([24, 26, 28, 30, 32]);
  });

  test('gets one batch when it asks for fewer bytes than that has, or for none', async () => {
    await put(6);
    expect(await offsetsAt(0, 1)).toEqual([0]);
    expect(await offsetsAt(2, 0)).toEqual([2]);
    expect(await offsetsAt(4, 0.5)).toEqual([4]);
  });

  test('finds the batches that stand where others were before the log was cut off', async () => {
    await put(8);
    expect(await offsetsAt(0, 3)).toEqual([0, 2, 4]);
    await sim.complete(log.truncateTo(4));
    log.append(sampleBatch({ timestamps: [1000, 1000], baseOffset: 4 }), 0);
    await put(4);
    expect(await offsetsAt(6, 2)).toContain(6);
  });

  test('is not led into a file whose segment is another by now', async () => {
    await put(3);
    log.roll(0);
    await put(3);
    expect(await offsetsAt(0, 5)).toEqual([0, 2, 4]);
    expect(await offsetsAt(6, 1)).toEqual([6]);
  });
});
