import { describe, expect, test } from 'vitest';
import { TestTxnShard } from '../../testing/txn-shard.ts';
import { recordOf } from './txn-record.ts';

/** A shard in which `a` has come to an epoch without a transaction. */
function shardAtEpoch(producerEpoch: number) {
  const shard = new TestTxnShard();
  const { producerId } = shard.init('a');
  const metadata = { ...shard.describe('a')!, producerEpoch };
  shard.restore(recordOf(metadata));
  return { shard, producer: { producerId, producerEpoch } };
}

describe('InitProducerId', () => {
  test('a new id begins with epoch 0, and each further request gets the next epoch', () => {
    const shard = new TestTxnShard();
    const first = shard.init('a');
    expect(first).toMatchObject({ error: 'NONE', producerEpoch: 0 });
    expect(shard.init('a')).toEqual({ ...first, producerEpoch: 1 });
    expect(shard.init('b').producerId).not.toBe(first.producerId);
  });

  test.each([0, -1, 900_001])('a timeout of %i ms is refused', (timeoutMs) => {
    const shard = new TestTxnShard();
    expect(shard.init('a', { timeoutMs }).error).toBe('INVALID_TRANSACTION_TIMEOUT');
    expect(shard.log).toEqual([]);
  });

  test('the new timeout counts', () => {
    const shard = new TestTxnShard();
    shard.init('a', { timeoutMs: 900_000 });
    shard.init('a', { timeoutMs: 5_000 });
    expect(shard.describe('a')?.timeoutMs).toBe(5_000);
  });

  test('a producer that names itself gets the next epoch; one that was replaced is fenced', () => {
    const shard = new TestTxnShard();
    const old = shard.init('a');
    const present = shard.init('a', { expected: old });
    expect(present.producerEpoch).toBe(1);
    shard.init('a');
    expect(shard.init('a', { expected: present }).error).toBe('PRODUCER_FENCED');
    expect(shard.init('a', { expected: old }).error).toBe('PRODUCER_FENCED');
    expect(shard.init('a', { expected: { producerId: 1, producerEpoch: 2 } }).error).toBe('PRODUCER_FENCED');
  });

  test('a producer whose answer was lost gets the same epoch again', () => {
    const shard = new TestTxnShard();
    const old = shard.init('a');
    const lost = shard.init('a', { expected: old });
    expect(shard.init('a', { expected: old })).toEqual(lost);
  });

  test('an id that nobody knows takes whatever producer it is asked for', () => {
    const shard = new TestTxnShard();
    const reply = shard.init('a', { expected: { producerId: 7, producerEpoch: 3 } });
    expect(reply).toMatchObject({ error: 'NONE', producerEpoch: 0 });
  });

  test('an open transaction is aborted under the next epoch, and the request has to come again', () => {
    const shard = new TestTxnShard();
    const old = shard.init('a');
    shard.add('a', old, 't:0');
    expect(shard.init('a').error).toBe('CONCURRENT_TRANSACTIONS');
    expect(shard.decisions).toMatchObject([{ state: 'PrepareAbort', producerEpoch: 1, transactionVersion: 2 }]);
    expect(shard.init('a').error).toBe('CONCURRENT_TRANSACTIONS');
    expect(shard.decisions).toHaveLength(1);
    shard.markAll();
    expect(shard.init('a')).toMatchObject({ error: 'NONE', producerEpoch: 2 });
    expect(shard.add('a', old, 't:0')).toBe('PRODUCER_FENCED');
  });

  test('while the transaction is being ended, the request has to come again', () => {
    const shard = new TestTxnShard();
    const producer = shard.init('a');
    shard.add('a', producer, 't:0');
    shard.end('a', producer, true);
    expect(shard.init('a', { expected: producer }).error).toBe('CONCURRENT_TRANSACTIONS');
    shard.markAll();
    expect(shard.init('a', { expected: producer })).toMatchObject({ error: 'NONE', producerEpoch: 1 });
  });

  test('after epoch 32766 comes another producer id with epoch 0, also when its answer was lost', () => {
    const { shard, producer } = shardAtEpoch(32_766);
    const next = shard.init('a', { expected: producer });
    expect(next).toMatchObject({ error: 'NONE', producerEpoch: 0 });
    expect(next.producerId).not.toBe(producer.producerId);
    expect(shard.init('a', { expected: producer })).toEqual(next);
  });

  test('epoch 32766 is given out, and asking for it again gives it again (KAFKA-18660)', () => {
    const { shard, producer } = shardAtEpoch(32_765);
    const last = shard.init('a', { expected: producer });
    expect(last).toEqual({ error: 'NONE', producerId: producer.producerId, producerEpoch: 32_766 });
    expect(shard.init('a', { expected: producer })).toEqual(last);
    expect(shard.init('a', { expected: { ...producer, producerEpoch: 32_764 } }).error).toBe('PRODUCER_FENCED');
  });

  test('a transaction that is open at epoch 32766 is fenced with one step, which is never negative (KAFKA-19367)', () => {
    const { shard, producer } = shardAtEpoch(32_766);
    shard.add('a', producer, 't:0');
    expect(shard.init('a').error).toBe('CONCURRENT_TRANSACTIONS');
    expect(shard.decisions).toMatchObject([{ producerId: producer.producerId, producerEpoch: 32_767 }]);
    shard.markAll();
    const rotated = shard.describe('a')!;
    expect(rotated).toMatchObject({ state: 'CompleteAbort', producerEpoch: 0 });
    expect(rotated.producerId).not.toBe(producer.producerId);
    expect(shard.init('a')).toMatchObject({ error: 'NONE', producerId: rotated.producerId, producerEpoch: 1 });
  });

  test('a log of old brokers with epoch 32767 is recovered from by another producer id (KAFKA-20090)', () => {
    const { shard, producer } = shardAtEpoch(32_767);
    shard.add('a', producer, 't:0');
    shard.advance(60_001);
    expect(shard.abortTimedOut()).toEqual(['a']);
    expect(shard.decisions).toMatchObject([{ producerEpoch: 32_767 }]);
    shard.markAll();
    expect(shard.init('a')).toMatchObject({ error: 'NONE', producerEpoch: 1 });
  });

  test('an epoch is used once, whether or not its record was kept (KAFKA-9666)', () => {
    const shard = new TestTxnShard();
    const { producerEpoch } = shard.init('a');
    shard.isManual = true;
    for (let failure = 0; failure < 3; failure++) {
      expect(shard.ask((core, turn) => core.init(initOf('a'), turn))).toEqual([]);
      shard.crash();
    }
    shard.isManual = false;
    expect(shard.init('a').producerEpoch).toBe(producerEpoch + 1);
  });
});

function initOf(transactionalId: string) {
  return { transactionalId, timeoutMs: 60_000, expected: undefined, freshProducerId: undefined };
}
