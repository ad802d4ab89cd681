import type { Disk } from '@nagare/base';
import { createSimulation } from '@nagare/base/sim';
import { encodeBatch, readRecords, setBaseOffset, splitBatches } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { Log } from './log.ts';
import { defaultLogConfig } from './log-config.ts';

const directory = '/data/orders-0';
const config = { ...defaultLogConfig, cleanupPolicy: ['compact'], minCleanableDirtyRatio: 0 } as const;
let sim: ReturnType<typeof createSimulation>;
let log: Log;
/** Readers that are about to load an index wait for it. */
let gate: Promise<void> | undefined;
let open: () => void;

beforeEach(async () => {
  gate = undefined;
  sim = createSimulation({ seed: 1 });
  const { disk } = sim.platform();
  const gated: Disk = {
    ...{ open: disk.open.bind(disk), list: disk.list.bind(disk), stat: disk.stat.bind(disk) },
    ...{ makeDirectory: disk.makeDirectory.bind(disk), rename: disk.rename.bind(disk) },
    ...{ remove: disk.remove.bind(disk), removeDirectory: disk.removeDirectory.bind(disk) },
    ...{ syncDirectory: disk.syncDirectory.bind(disk), lock: disk.lock.bind(disk) },
    readFile: async (path) => {
      const bytes = await disk.readFile(path);
      if (path.endsWith('.index')) await gate;
      return bytes;
    },
  };
  await sim.complete(disk.makeDirectory('/data'));
  const place = { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', config, nowMs: 0, disk: gated, directory };
  log = await sim.complete(Log.open({ ...place, wasCleanShutdown: true, tailBytesMax: 0 }));
  for (const [key, value] of ['a1', 'b1', 'a2', 'c1', 'a3']) put(key!, value!);
  await sim.complete(log.synced());
  // What is on the disk leaves memory with the next append.
  put('z', '1');
  await sim.complete(log.synced());
});

function put(key: string, value: string): void {
  const batch = encodeBatch({}, [{ timestamp: 0, key: Buffer.from(key), value: Buffer.from(value) }]);
  setBaseOffset(batch, log.endOffset);
  log.append(batch, 0);
  log.roll(0);
}

/** Begins to read. */
function beginToRead(offset: number): Promise<string[]> {
  const reading = Promise.resolve(log.read({ offset, bytesMax: 1000, upTo: log.endOffset }));
  return reading.then((chunks) =>
    chunks.flatMap(splitBatches).flatMap((batch) => readRecords(batch).map(({ key, value }) => `${key}${value}`)),
  );
}

async function compact(): Promise<void> {
  const range = log.compaction.cleanable({ lastStableOffset: log.endOffset, nowMs: 1 });
  if (range === undefined) return;
  const options = { nowMs: 1, keyBytesMax: 10_000, pause: async () => {}, isStopped: () => false };
  await sim.complete(log.compaction.run(range, options));
}

describe('while a segment is read', () => {
  beforeEach(() => {
    gate = new Promise((resolve) => {
      open = resolve;
    });
  });

  test('compaction may put another one in its place: the reader gets what that has', async () => {
    const result = beginToRead(0);
    await sim.advance(1000);
    await compact();
    open();
    expect(await sim.complete(result)).toEqual(['b1', 'c1', 'a3', 'z1']);
  });

  test('and be done twice', async () => {
    const result = beginToRead(0);
    await sim.advance(1000);
    await compact();
    put('b', '2');
    await sim.complete(log.synced());
    await compact();
    open();
    expect(await sim.complete(result)).toEqual(['c1', 'a3', 'z1']);
  });

  test('retention may take it away: nothing is given for it, rather than what follows', async () => {
    const result = beginToRead(0);
    await sim.advance(1000);
    log.deleteBefore(2, 0);
    await sim.complete(log.synced());
    open();
    expect(await sim.complete(result)).toEqual([]);
    expect(log.startOffset).toBe(2);
  });
});

describe('while a log is compacted', () => {
  function beginToCompact(): Promise<unknown> {
    const range = log.compaction.cleanable({ lastStableOffset: log.endOffset, nowMs: 1 })!;
    const options = { nowMs: 1, keyBytesMax: 10_000, pause: async () => {}, isStopped: () => false };
    return log.compaction.run(range, options);
  }

  test.each([0, 0.2, 0.5, 1, 2])('it may lose its end (after %f ms): the round is given up', async (afterMs) => {
    const running = beginToCompact();
    await sim.advance(afterMs);
    await sim.complete(log.truncateTo(0));
    expect(await sim.complete(running)).toBeUndefined();
    expect([log.endOffset, log.compaction.cleanedOffset]).toEqual([0, 0]);
    put('new', '1');
    await sim.complete(log.synced());
    expect(await sim.complete(beginToRead(0))).toEqual(['new1']);
  });

  test.each([0, 0.2, 0.5, 1, 2])(
    'it may lose its start (after %f ms): so too, and the next one is whole',
    async (afterMs) => {
      const running = beginToCompact();
      await sim.advance(afterMs);
      log.deleteBefore(2, 0);
      await sim.complete(running);
      await compact();
      expect(await sim.complete(beginToRead(2))).toEqual(['c1', 'a3', 'z1']);
      expect(log.startOffset).toBe(2);
    },
  );

  test('it may be told to stop: what it was at is as it was', async () => {
    const range = log.compaction.cleanable({ lastStableOffset: log.endOffset, nowMs: 1 })!;
    const options = { nowMs: 1, keyBytesMax: 10_000, pause: async () => {}, isStopped: () => true };
    expect(await sim.complete(log.compaction.run(range, options))).toBeUndefined();
    expect(await sim.complete(beginToRead(0))).toEqual(['a1']);
    expect(
      (await sim.complete(sim.platform().disk.list(directory))).filter((name) => /cleaned|swap/.test(name)),
    ).toEqual([]);
  });
});
