import { describe, expect, test } from 'vitest';
import { placesOf, TestTxnShard } from '../../testing/txn-shard.ts';
import { recordOf } from './txn-record.ts';

/** A shard in which `a` has a transaction of two partitions. */
function ongoing(transactionVersion: number) {
  const shard = new TestTxnShard();
  const { producerId, producerEpoch } = shard.init('a');
  const producer = { producerId, producerEpoch };
  shard.addUnder(transactionVersion, 'a', producer, 't:0', 't:1');
  return { shard, producer, next: { producerId, producerEpoch: producerEpoch + 1 } };
}

describe('EndTxn of the older protocol', () => {
  test.each([true, false])(
    'is idempotent, and its opposite refused, when the answer was lost (commit: %s)',
    (isCommit) => {
      const { shard, producer } = ongoing(0);
      const end = (result: boolean) => shard.end('a', producer, result, 0).error;
      expect(end(isCommit)).toBe('NONE');
      expect(end(isCommit)).toBe('CONCURRENT_TRANSACTIONS');
      expect(end(!isCommit)).toBe('INVALID_TXN_STATE');
      shard.markAll();
      expect(end(isCommit)).toBe('NONE');
      expect(end(!isCommit)).toBe('INVALID_TXN_STATE');
      expect(shard.describe('a')).toMatchObject({
        producerEpoch: 0,
        state: isCommit ? 'CompleteCommit' : 'CompleteAbort',
      });
    },
  );

  test.each([true, false])('is refused without a transaction (commit: %s)', (isCommit) => {
    const shard = new TestTxnShard();
    const producer = shard.init('a');
    expect(shard.end('a', producer, isCommit, 0).error).toBe('INVALID_TXN_STATE');
  });

  test('is refused to those who are not the producer', () => {
    const { shard, producer, next } = ongoing(0);
    expect(shard.end('b', producer, true, 0).error).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect(shard.end('a', { ...producer, producerId: 1 }, true, 0).error).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect(shard.end('a', next, true, 0).error).toBe('PRODUCER_FENCED');
  });

  test('cannot tell a late request from one about the next transaction (KAFKA-17754)', () => {
    const { shard, producer } = ongoing(0);
    shard.end('a', producer, true, 0);
    shard.markAll();
    shard.addUnder(0, 'a', producer, 't:0');
    expect(shard.end('a', producer, true, 0).error).toBe('NONE');
  });
});

describe('EndTxn with an epoch for each transaction (KIP-890)', () => {
  test.each([true, false])('gives the next epoch, again and again if the answer was lost (commit: %s)', (isCommit) => {
    const { shard, producer, next } = ongoing(2);
    expect(shard.end('a', producer, isCommit)).toEqual({ error: 'NONE', ...next });
    expect(shard.end('a', producer, isCommit).error).toBe('CONCURRENT_TRANSACTIONS');
    shard.markAll();
    expect(shard.end('a', producer, isCommit)).toEqual({ error: 'NONE', ...next });
    expect(shard.end('a', producer, !isCommit).error).toBe('INVALID_TXN_STATE');
  });

  test('a late request does not touch the next transaction (KAFKA-17754)', () => {
    const { shard, producer, next } = ongoing(2);
    shard.end('a', producer, true);
    shard.markAll();
    shard.add('a', next, 't:0');
    expect(shard.end('a', producer, true).error).toBe('PRODUCER_FENCED');
    expect(shard.end('a', producer, false).error).toBe('PRODUCER_FENCED');
    expect(shard.describe('a')?.state).toBe('Ongoing');
  });

  test('while the transaction before is being ended, the next cannot be, not even without partitions', () => {
    const { shard, producer, next } = ongoing(2);
    shard.end('a', producer, true);
    expect(shard.end('a', next, false).error).toBe('CONCURRENT_TRANSACTIONS');
    expect(shard.end('a', next, true).error).toBe('CONCURRENT_TRANSACTIONS');
    shard.markAll();
    expect(shard.end('a', next, false)).toMatchObject({ error: 'NONE', producerEpoch: next.producerEpoch + 1 });
  });

  test('what the coordinator has seen nothing of can be aborted, and not committed', () => {
    const shard = new TestTxnShard();
    const producer = shard.init('a');
    expect(shard.end('a', producer, true).error).toBe('INVALID_TXN_STATE');
    const aborted = shard.end('a', producer, false);
    expect(aborted).toEqual({ error: 'NONE', producerId: producer.producerId, producerEpoch: 1 });
    expect(shard.decisions).toEqual([]);
    expect(shard.describe('a')?.state).toBe('CompleteAbort');
    expect(shard.end('a', aborted, true).error).toBe('INVALID_TXN_STATE');
    expect(shard.end('a', aborted, false)).toMatchObject({ error: 'NONE', producerEpoch: 2 });
  });

  test('after a commit under the present epoch, only an abort is possible', () => {
    const { shard, producer, next } = ongoing(2);
    shard.end('a', producer, true);
    shard.markAll();
    expect(shard.end('a', next, true).error).toBe('INVALID_TXN_STATE');
    expect(shard.end('a', next, false)).toMatchObject({ error: 'NONE', producerEpoch: 2 });
    expect(shard.describe('a')?.state).toBe('CompleteAbort');
  });

  test('is refused to those who are not the producer', () => {
    const { shard, producer, next } = ongoing(2);
    expect(shard.end('b', producer, true).error).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect(shard.end('a', { ...producer, producerId: 1 }, true).error).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect(shard.end('a', next, true).error).toBe('PRODUCER_FENCED');
  });

  test('epoch 32766 is followed by another producer id, also when the answer was lost (KAFKA-18660)', () => {
    const { shard, producer } = ongoing(2);
    const last = { ...producer, producerEpoch: 32_766 };
    shard.restore(recordOf({ ...shard.describe('a')!, ...last }));
    const next = shard.end('a', last, true);
    expect(next).toMatchObject({ error: 'NONE', producerEpoch: 0 });
    expect(next.producerId).not.toBe(last.producerId);
    expect(shard.decisions).toMatchObject([{ producerId: last.producerId, producerEpoch: 32_767 }]);
    shard.markAll();
    expect(shard.end('a', last, true)).toEqual(next);
    expect(shard.end('a', last, false).error).toBe('INVALID_TXN_STATE');
    expect(shard.add('a', next, 't:0')).toBe('NONE');
    expect(shard.end('a', last, true).error).toBe('INVALID_PRODUCER_ID_MAPPING');
  });

  test('both protocols can follow each other under one id', () => {
    const { shard, producer, next } = ongoing(2);
    shard.end('a', producer, true);
    shard.markAll();
    shard.addUnder(0, 'a', next, 't:0');
    expect(shard.end('a', next, true, 0).error).toBe('NONE');
    shard.markAll();
    expect(shard.describe('a')).toMatchObject({ state: 'CompleteCommit', producerEpoch: 1, transactionVersion: 0 });
    shard.add('a', next, 't:0');
    expect(shard.end('a', next, false)).toMatchObject({ error: 'NONE', producerEpoch: 2 });
  });
});

describe('the markers of a transaction', () => {
  test('go out when the decision is committed, and not before', () => {
    const { shard, producer } = ongoing(2);
    shard.isManual = true;
    const replies = shard.ask((core, turn) => core.end({ ...endOf('a'), ...producer }, turn));
    expect([replies, shard.decisions]).toEqual([[], []]);
    shard.commit();
    expect(replies).toHaveLength(1);
    expect(shard.decisions).toHaveLength(1);
  });

  test('complete the transaction once, when the last partition has its own', () => {
    const { shard, producer } = ongoing(2);
    shard.end('a', producer, true);
    const [decided] = shard.decisions.splice(0);
    expect(shard.mark(decided!, placesOf('t:0', 'u:3'))).toBe(true);
    expect(shard.describe('a')).toMatchObject({ state: 'PrepareCommit', partitions: new Map([['t', new Set([1])]]) });
    expect(shard.mark(decided!, placesOf('t:0'))).toBe(true);
    const before = shard.log.length;
    expect(shard.mark(decided!, placesOf('t:1'))).toBe(true);
    expect(shard.mark(decided!, placesOf('t:1'))).toBe(false);
    expect(shard.log).toHaveLength(before + 1);
    expect(shard.describe('a')).toMatchObject({ state: 'CompleteCommit', partitions: new Map() });
  });

  test('of a transaction that come late do not count for the next (KAFKA-16352)', () => {
    const { shard, producer, next } = ongoing(2);
    shard.end('a', producer, true);
    const [first] = shard.decisions;
    shard.markAll();
    shard.add('a', next, 't:0');
    shard.end('a', next, false);
    expect(shard.mark(first!, placesOf('t:0'))).toBe(false);
    expect(shard.describe('a')?.state).toBe('PrepareAbort');
  });

  test('of the older protocol are told apart although nothing in them differs (KAFKA-16352)', () => {
    const { shard, producer } = ongoing(0);
    shard.end('a', producer, true, 0);
    const [first] = shard.decisions;
    shard.markAll();
    shard.addUnder(0, 'a', producer, 't:0', 't:1');
    shard.end('a', producer, true, 0);
    expect(shard.mark(first!, placesOf('t:0', 't:1'))).toBe(false);
    expect(shard.describe('a')?.state).toBe('PrepareCommit');
  });

  test('that were handed out before a restart do not count after it', () => {
    const { shard, producer } = ongoing(0);
    shard.end('a', producer, true, 0);
    const [before] = shard.decisions;
    shard.crash();
    expect(shard.mark(before!, placesOf('t:0', 't:1'))).toBe(false);
    shard.markAll();
    expect(shard.describe('a')?.state).toBe('CompleteCommit');
  });

  test('are handed out again after a restart, and complete it then', () => {
    const { shard, producer } = ongoing(2);
    shard.end('a', producer, true);
    const before = [...shard.decisions];
    shard.mark(before[0]!, placesOf('t:0'));
    shard.crash();
    expect(shard.decisions).toMatchObject([{ transactionalId: 'a', state: 'PrepareCommit', producerEpoch: 1 }]);
    shard.markAll();
    expect(shard.describe('a')?.state).toBe('CompleteCommit');
    shard.crash();
    expect(shard.decisions).toEqual([]);
  });

  test('a decision that was not kept is none: the transaction can still end the other way', () => {
    const { shard, producer } = ongoing(2);
    shard.isManual = true;
    shard.ask((core, turn) => core.end({ ...endOf('a'), ...producer }, turn));
    shard.crash();
    shard.isManual = false;
    expect(shard.decisions).toEqual([]);
    expect(shard.end('a', producer, false).error).toBe('NONE');
    expect(shard.decisions).toMatchObject([{ state: 'PrepareAbort' }]);
  });
});

function endOf(transactionalId: string) {
  return { transactionalId, isCommit: true, transactionVersion: 2, freshProducerId: undefined };
}
