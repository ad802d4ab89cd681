import type { ErrorName } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { placesOf, TestTxnShard } from '../../testing/txn-shard.ts';
import type { ProducerRef } from './txn-metadata.ts';
import type { TxnReply } from './verdict.ts';

function shardWithProducer() {
  const shard = new TestTxnShard();
  const { producerId, producerEpoch } = shard.init('a');
  return { shard, producer: { producerId, producerEpoch } };
}

/** Asks to add partitions, and waits for the transaction before. */
function addPatiently(shard: TestTxnShard, producer: ProducerRef, ...names: string[]): TxnReply[] {
  const event = { transactionalId: 'a', ...producer, partitions: placesOf(...names), transactionVersion: 2 };
  return shard.ask<TxnReply>((core, turn) => core.add(event, turn, 100));
}

describe('AddPartitionsToTxn', () => {
  test('begins a transaction, and lengthens it without a change of its start', () => {
    const { shard, producer } = shardWithProducer();
    expect(shard.add('a', producer, 't:0')).toBe('NONE');
    const startMs = shard.wallMs;
    shard.advance(50);
    expect(shard.add('a', producer, 't:1', 'u:0')).toBe('NONE');
    const partitions = new Map([
      ['t', new Set([0, 1])],
      ['u', new Set([0])],
    ]);
    expect(shard.describe('a')).toMatchObject({ state: 'Ongoing', startMs, updateMs: startMs + 50, partitions });
  });

  test('writes nothing for partitions that are there', () => {
    const { shard, producer } = shardWithProducer();
    shard.add('a', producer, 't:0', 't:1');
    const before = shard.log.length;
    expect(shard.add('a', producer, 't:1')).toBe('NONE');
    expect(shard.log).toHaveLength(before);
  });

  test('is refused to those who are not the producer', () => {
    const { shard, producer } = shardWithProducer();
    expect(shard.add('b', producer, 't:0')).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect(shard.add('a', { ...producer, producerId: 1 }, 't:0')).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect(shard.add('a', { ...producer, producerEpoch: 1 }, 't:0')).toBe('PRODUCER_FENCED');
  });

  test.each([
    ['the epoch of before', 0],
    ['the next epoch', 1],
  ])('has to come again while the transaction is being ended, under %s', (_, producerEpoch) => {
    const { shard, producer } = shardWithProducer();
    shard.add('a', producer, 't:0');
    shard.end('a', producer, true);
    expect(shard.add('a', { ...producer, producerEpoch }, 't:1')).toBe('CONCURRENT_TRANSACTIONS');
    expect(shard.describe('a')?.state).toBe('PrepareCommit');
  });

  test('waits for the end of the transaction before, and begins the next in the same step', () => {
    const { shard, producer } = shardWithProducer();
    shard.add('a', producer, 't:0');
    const next = shard.end('a', producer, true);
    const early = addPatiently(shard, next, 't:1');
    const second = addPatiently(shard, next, 't:2');
    const late = addPatiently(shard, producer, 't:1');
    expect([early, second, late]).toEqual([[], [], []]);
    shard.markAll();
    expect([early, second, late].map(([reply]) => reply?.error)).toEqual(['NONE', 'NONE', 'PRODUCER_FENCED']);
    expect(shard.describe('a')).toMatchObject({ state: 'Ongoing', partitions: new Map([['t', new Set([1, 2])]]) });
    expect(replayedState(shard)).toBe('Ongoing');
  });

  test('waits only so long', () => {
    const { shard, producer } = shardWithProducer();
    shard.add('a', producer, 't:0');
    const next = shard.end('a', producer, true);
    const early = addPatiently(shard, next, 't:1');
    shard.advance(60);
    const later = addPatiently(shard, next, 't:1');
    shard.advance(40);
    expect(early).toMatchObject([{ error: 'CONCURRENT_TRANSACTIONS' }]);
    expect(later).toEqual([]);
    shard.markAll();
    expect(later).toMatchObject([{ error: 'NONE' }]);
    shard.advance(1_000);
    expect([early.length, later.length]).toEqual([1, 1]);
  });
});

describe('the verification of a partition (KIP-890)', () => {
  test('says of each partition whether it is in the transaction, and changes nothing', () => {
    const { shard, producer } = shardWithProducer();
    shard.add('a', producer, 't:0');
    const before = shard.log.length;
    expect(shard.verify('a', producer, 't:0', 't:1')).toEqual(['NONE', 'TRANSACTION_ABORTABLE']);
    expect(shard.log).toHaveLength(before);
  });

  test('a partition of a transaction that has ended is in none', () => {
    const { shard, producer } = shardWithProducer();
    shard.addUnder(0, 'a', producer, 't:0');
    shard.end('a', producer, false, 0);
    expect(shard.verify('a', producer, 't:0')).toEqual(['CONCURRENT_TRANSACTIONS']);
    shard.markAll();
    expect(shard.verify('a', producer, 't:0')).toEqual(['TRANSACTION_ABORTABLE']);
  });

  test.each<[string, Partial<ProducerRef>, ErrorName]>([
    ['an unknown id', {}, 'INVALID_PRODUCER_ID_MAPPING'],
    ['another producer', { producerId: 1 }, 'INVALID_PRODUCER_ID_MAPPING'],
    ['another epoch', { producerEpoch: 7 }, 'PRODUCER_FENCED'],
  ])('refuses %s', (what, change, error) => {
    const { shard, producer } = shardWithProducer();
    shard.add('a', producer, 't:0');
    const id = what === 'an unknown id' ? 'b' : 'a';
    expect(shard.verify(id, { ...producer, ...change }, 't:0', 't:1')).toEqual([error, error]);
  });
});

function replayedState(shard: TestTxnShard): string | undefined {
  shard.crash();
  return shard.describe('a')?.state;
}
