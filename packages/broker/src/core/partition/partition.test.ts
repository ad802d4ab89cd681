import { baseOffset, encodeBatch, isCrcValid, partitionLeaderEpoch } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { Log } from '../../log/log.ts';
import { defaultLogConfig } from '../../log/log-config.ts';
import { type AppendOptions, Partition } from './partition.ts';

const options: AppendOptions = { nowMs: 2000, config: defaultLogConfig, version: 9 };

function leader(leaderEpoch = 3): { log: Log; partition: Partition } {
  const log = Log.inMemory({ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', config: defaultLogConfig, nowMs: 0 });
  return { log, partition: new Partition({ log, leaderEpoch }) };
}

function sent(count: number, producer: { producerId?: number; baseSequence?: number; isTransactional?: boolean } = {}) {
  const records = Array.from({ length: count }, () => ({ timestamp: 1000, key: null, value: Buffer.from('v') }));
  return encodeBatch({ producerEpoch: 0, ...producer }, records);
}

describe('an append', () => {
  test('gets the next offsets and the leader epoch, in the bytes that came', () => {
    const { log, partition } = leader();
    for (const [expected, count] of [
      [0, 3],
      [3, 1],
      [4, 2],
    ] as const) {
      const bytes = sent(count);
      const prepared = partition.prepareAppend(bytes, options);
      expect(prepared).toMatchObject({
        kind: 'append',
        baseOffset: expected,
        lastOffset: expected + count - 1,
        logAppendTimeMs: -1,
      });
      if (prepared.kind !== 'append') return;
      expect(prepared.batch).toBe(bytes);
      expect([baseOffset(bytes), partitionLeaderEpoch(bytes), isCrcValid(bytes)]).toEqual([expected, 3, true]);
      log.append(prepared.batch, 2000);
    }
    expect(log.endOffset).toBe(6);
  });

  test('that was prepared but not appended changes nothing', () => {
    const { partition } = leader();
    partition.prepareAppend(sent(3, { producerId: 1, baseSequence: 0 }), options);
    expect(partition.prepareAppend(sent(1, { producerId: 1, baseSequence: 0 }), options)).toMatchObject({
      kind: 'append',
      baseOffset: 0,
    });
  });

  test('of a batch that is there is answered with its first offset', () => {
    const { log, partition } = leader();
    const first = partition.prepareAppend(sent(3, { producerId: 1, baseSequence: 0 }), options);
    if (first.kind === 'append') log.append(first.batch, 2000);
    expect(partition.prepareAppend(sent(3, { producerId: 1, baseSequence: 0 }), options)).toEqual({
      kind: 'duplicate',
      baseOffset: 0,
      lastOffset: 2,
      logAppendTimeMs: 1000,
    });
    expect(partition.prepareAppend(sent(1, { producerId: 1, baseSequence: 4 }), options)).toMatchObject({
      kind: 'error',
      error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
  });

  test('of a transaction that nobody has opened is refused', () => {
    const refused = leader().partition.prepareAppend(
      sent(1, { producerId: 1, baseSequence: 0, isTransactional: true }),
      options,
    );
    expect(refused).toMatchObject({ kind: 'error', error: 'INVALID_TXN_STATE' });
  });

  test('for all replicas is refused where more of them must be in sync than there are', () => {
    const config = { ...defaultLogConfig, minInsyncReplicas: 2 };
    const { partition } = leader();
    expect(partition.prepareAppend(sent(1), { ...options, config, acks: -1 })).toMatchObject({
      error: 'NOT_ENOUGH_REPLICAS',
    });
    expect(partition.prepareAppend(sent(1), { ...options, config, acks: 1 })).toMatchObject({ kind: 'append' });
  });
});

test('the high watermark rises, and never beyond the log', () => {
  const { log, partition } = leader();
  const prepared = partition.prepareInternal(sent(4));
  log.append(prepared.batch, 2000);
  expect(partition.highWatermark).toBe(0);
  expect([
    partition.advanceHighWatermark(4),
    partition.advanceHighWatermark(4),
    partition.advanceHighWatermark(2),
  ]).toEqual([true, false, false]);
  expect([partition.highWatermark, partition.lastStableOffset]).toEqual([4, 4]);
  expect(() => partition.advanceHighWatermark(5)).toThrow('High watermark 5');
});

test('clients are told when they know an older or a newer leader', () => {
  const { partition } = leader(3);
  expect([-1, 3, 2, 4].map((epoch) => partition.checkLeaderEpoch(epoch))).toEqual([
    'NONE',
    'NONE',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
  ]);
});

test('an epoch ends where the next one starts', () => {
  const { log, partition } = leader(1);
  log.append(partition.prepareInternal(sent(2)).batch, 0);
  partition.becomeLeader(4);
  log.append(partition.prepareInternal(sent(3)).batch, 0);
  expect(partition.endOffsetForEpoch(1)).toEqual({ epoch: 1, endOffset: 2 });
  expect(partition.endOffsetForEpoch(3)).toEqual({ epoch: 1, endOffset: 2 });
  expect(partition.endOffsetForEpoch(4)).toEqual({ epoch: 4, endOffset: 5 });
  expect(partition.endOffsetForEpoch(0)).toEqual({ epoch: 0, endOffset: 0 });
  expect(partition.endOffsetForEpoch(5)).toEqual({ epoch: -1, endOffset: -1 });
});
