import { encodeBatch, encodeEndTxnMarker } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { Log } from '../../log/log.ts';
import { defaultLogConfig } from '../../log/log-config.ts';
import { Partition } from './partition.ts';
import type { Verification } from './verifications.ts';

const nowMs = 2000;

interface Sent {
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
}

/** A partition with its log, and a producer's side of transactions. */
function setup() {
  const log = Log.inMemory({ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', config: defaultLogConfig, nowMs: 0 });
  const partition = new Partition({ log, leaderEpoch: 0 });
  const batchOf = ({ producerId = 7, producerEpoch = 0, baseSequence = 0, isTransactional = true }: Sent) =>
    encodeBatch({ producerId, producerEpoch, baseSequence, isTransactional }, [
      { timestamp: 1000, key: null, value: Buffer.from('v') },
    ]);
  return {
    log,
    partition,
    verify(sent: Sent = {}, bumpsEpoch = false) {
      const { producerId = 7, producerEpoch = 0, baseSequence = 0 } = sent;
      return partition.beginVerification({ producerId, producerEpoch, baseSequence, bumpsEpoch }, nowMs);
    },
    append(sent: Sent, verification?: Verification) {
      const options = { nowMs, config: defaultLogConfig, version: 12, verification };
      const prepared = partition.prepareAppend(batchOf(sent), options);
      if (prepared.kind === 'append') log.append(prepared.batch, nowMs);
      return prepared.kind === 'error' ? prepared.error : prepared.kind;
    },
    mark(type: 'commit' | 'abort', producerEpoch = 0, producerId = 7) {
      const marker = { type, producerId, producerEpoch, coordinatorEpoch: 0, timestamp: nowMs };
      log.append(partition.prepareInternal(encodeEndTxnMarker(marker)).batch, nowMs);
    },
  };
}

type Kit = ReturnType<typeof setup>;

function begin(kit: Kit, sent: Sent = {}): void {
  const verification = kit.verify(sent);
  if (typeof verification !== 'object') throw new Error(`Nothing to verify: ${verification}`);
  expect(kit.append(sent, verification)).toBe('append');
}

describe('the first batch of a transaction', () => {
  test('is taken with the leave of the coordinator alone', () => {
    const kit = setup();
    expect(kit.append({})).toBe('INVALID_TXN_STATE');
    begin(kit);
    expect(kit.verify()).toBeUndefined();
    expect(kit.append({ baseSequence: 1 })).toBe('append');
    expect(kit.append({ baseSequence: 1 })).toBe('duplicate');
    expect(kit.append({ baseSequence: 3 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
  });

  test('is refused when its transaction was aborted while the coordinator was asked (KAFKA-14402)', () => {
    const kit = setup();
    const stale = kit.verify() as Verification;
    kit.mark('abort');
    expect(kit.append({}, stale)).toBe('INVALID_TXN_STATE');
    const fresh = kit.verify() as Verification;
    expect(kit.append({}, stale)).toBe('INVALID_TXN_STATE');
    expect(kit.append({}, fresh)).toBe('append');
  });

  test('may be asked for before the marker of the last transaction is there, where the epoch rises', () => {
    const kit = setup();
    begin(kit);
    const next = kit.verify({ producerEpoch: 1 }, true) as Verification;
    kit.mark('commit', 1);
    expect(kit.append({ producerEpoch: 1 }, next)).toBe('append');
  });

  test('of an older epoch need not be asked for', () => {
    const kit = setup();
    begin(kit, { producerEpoch: 2 });
    kit.mark('abort', 3);
    expect(kit.verify({ producerEpoch: 2 })).toBe('INVALID_PRODUCER_EPOCH');
    expect(kit.append({ producerEpoch: 2, baseSequence: 1 })).toBe('INVALID_PRODUCER_EPOCH');
  });

  test('has sequence 0 where the epoch rises with each transaction', () => {
    const kit = setup();
    const raised = kit.verify({ baseSequence: 4 }, true) as Verification;
    expect(kit.append({ baseSequence: 4 }, raised)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    const kept = setup();
    const verification = kept.verify({ baseSequence: 4 }) as Verification;
    expect(kept.append({ baseSequence: 4 }, verification)).toBe('append');
  });

  test('comes before those with higher sequences that were asked for with it', () => {
    const kit = setup();
    const verification = kit.verify({ baseSequence: 0 }) as Verification;
    kit.verify({ baseSequence: 1 });
    expect(kit.append({ baseSequence: 1 }, verification)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(kit.append({ baseSequence: 0 }, verification)).toBe('append');
    expect(kit.append({ baseSequence: 1 })).toBe('append');
  });
});

describe('the last stable offset', () => {
  test('is the first of the earliest open transaction, else the high watermark', () => {
    const kit = setup();
    const { partition, log } = kit;
    expect(kit.append({ producerId: -1, isTransactional: false })).toBe('append');
    begin(kit, { producerId: 8 });
    begin(kit, { producerId: 7 });
    expect(partition.lastStableOffset).toBe(0);
    partition.advanceHighWatermark(3);
    expect(partition.lastStableOffset).toBe(1);
    kit.mark('commit', 0, 8);
    expect(partition.lastStableOffset).toBe(1);
    partition.advanceHighWatermark(4);
    expect(partition.lastStableOffset).toBe(2);
    kit.mark('abort', 0, 7);
    partition.advanceHighWatermark(5);
    expect([partition.lastStableOffset, log.endOffset]).toEqual([5, 5]);
  });

  test('is not below the start of the log', () => {
    const kit = setup();
    begin(kit);
    expect(kit.append({ baseSequence: 1 })).toBe('append');
    kit.partition.advanceHighWatermark(2);
    kit.log.deleteBefore(1, nowMs);
    expect(kit.partition.lastStableOffset).toBe(1);
  });
});

test('a marker is not taken by fewer replicas than the topic wants', () => {
  const { partition } = setup();
  const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, isCommit: true, transactionVersion: 2 };
  expect(partition.checkMarker(marker, defaultLogConfig)).toBe('NONE');
  expect(partition.checkMarker(marker, { ...defaultLogConfig, minInsyncReplicas: 2 })).toBe('NOT_ENOUGH_REPLICAS');
});
