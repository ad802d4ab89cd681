import { encodeBatch, readBatchHeader, splitBatches } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { StoredPair, TxnEnd } from '../core/shard.ts';
import { Log } from '../log/log.ts';
import { defaultLogConfig } from '../log/log-config.ts';
import { PartitionRecordLog } from './partition-record-log.ts';

const producer = { id: 7, epoch: 2 };
const pair = (key: string): StoredPair => ({ key: Buffer.from(key), value: Buffer.from('v') });

let log: Log;
let record: PartitionRecordLog;

beforeEach(() => {
  const config = { ...defaultLogConfig, maxMessageBytes: 200 };
  log = Log.inMemory({ topicId: 'iQ2-sOb7T1uRNzZzBBc4lA', config, nowMs: 1_000 });
  record = openOver(log);
});

/** A partition that counts everything as committed. */
function openOver(over: Log): PartitionRecordLog {
  const append = (batch: Buffer) => {
    batch.writeBigInt64BE(BigInt(over.endOffset));
    over.append(batch, 1_000);
  };
  return new PartitionRecordLog(
    {
      log: over,
      partition: {
        get highWatermark() {
          return over.endOffset;
        },
      },
      appendBatch: append,
      appendMarker: () => 'NONE',
      committed: async () => {},
    },
    () => 1_000,
  );
}

async function batches() {
  const chunks = await log.read({ offset: 0, bytesMax: 1_000_000, upTo: log.endOffset });
  return chunks.flatMap(splitBatches).map((batch) => readBatchHeader(batch));
}

async function replayed(): Promise<(string | TxnEnd)[]> {
  const told: (string | TxnEnd)[] = [];
  await record.replay(
    ({ key, producer: by }) => told.push(by === undefined ? `${key}` : `${key} by ${by.id}/${by.epoch}`),
    (end) => told.push(end),
  );
  return told;
}

describe('records of a coordinator', () => {
  test('are one batch, and none when there are none', async () => {
    await record.append([]);
    await record.append([pair('a'), pair('b')]);
    expect((await batches()).map(({ recordCount, producerId }) => [recordCount, producerId])).toEqual([[2, -1]]);
    expect(await replayed()).toEqual(['a', 'b']);
  });

  test('say in whose transaction they stand, and replay tells it', async () => {
    await record.append([{ ...pair('a'), producer }]);
    await record.append([pair('b')]);
    expect(await batches()).toMatchObject([
      { producerId: 7, producerEpoch: 2, baseSequence: -1, isTransactional: true, isControl: false },
      { producerId: -1, isTransactional: false },
    ]);
    expect(await replayed()).toEqual(['a by 7/2', 'b']);
  });

  test('are as few batches as the topic allows', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
    await record.append(keys.map(pair));
    const found = await batches();
    expect(found.length).toBeGreaterThan(1);
    expect(found.every(({ sizeBytes }) => sizeBytes <= 200)).toBe(true);
    expect(await replayed()).toEqual(keys);
  });

  test('are those of one producer', async () => {
    await expect(record.append([pair('a'), { ...pair('b'), producer }])).rejects.toThrow('one producer');
  });
});

test('control records of another kind say nothing to a coordinator', async () => {
  await record.append([pair('a')]);
  const leaderChange = { timestamp: 1, key: Buffer.from([0, 0, 0, 2]), value: Buffer.alloc(8) };
  const batch = encodeBatch({ isControl: true }, [leaderChange]);
  batch.writeBigInt64BE(BigInt(log.endOffset));
  log.append(batch, 1_000);
  expect(await replayed()).toEqual(['a']);
});
