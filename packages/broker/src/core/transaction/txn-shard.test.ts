import { describe, expect, test } from 'vitest';
import { TestTxnShard } from '../../testing/txn-shard.ts';
import { recordOf } from './txn-record.ts';
import type { TxnFilter } from './txn-views.ts';
import { unknownStates } from './txn-views.ts';

function filter(changes: Partial<TxnFilter> = {}): TxnFilter {
  return { states: [], producerIds: [], durationMs: -1, ...changes };
}

function listed(shard: TestTxnShard, changes: Partial<TxnFilter> = {}): string[] {
  const list = shard.call((core, turn) => core.list(filter(changes), turn));
  return list.map(({ transactionalId }) => transactionalId).sort();
}

describe('a transaction that lasts too long', () => {
  test('is aborted under the next epoch, so that its producer is fenced', () => {
    const shard = new TestTxnShard();
    const producer = shard.init('a', { timeoutMs: 10_000 });
    shard.add('a', producer, 't:0');
    shard.advance(10_000);
    expect(shard.abortTimedOut()).toEqual([]);
    shard.advance(1);
    expect(shard.abortTimedOut()).toEqual(['a']);
    expect(shard.abortTimedOut()).toEqual([]);
    expect(shard.decisions).toMatchObject([{ state: 'PrepareAbort', producerEpoch: 1 }]);
    shard.markAll();
    expect(shard.end('a', producer, true, 0).error).toBe('PRODUCER_FENCED');
    expect(shard.end('a', producer, true).error).toBe('INVALID_TXN_STATE');
    expect(shard.add('a', producer, 't:0')).toBe('PRODUCER_FENCED');
  });

  test('is aborted although the wall clock was set back meanwhile', () => {
    const shard = new TestTxnShard();
    const producer = shard.init('a', { timeoutMs: 10_000 });
    shard.add('a', producer, 't:0');
    shard.wallStartMs -= 3_600_000;
    expect(shard.abortTimedOut()).toEqual([]);
    shard.advance(10_000);
    expect(shard.abortTimedOut()).toEqual([]);
    shard.advance(1);
    expect(shard.abortTimedOut()).toEqual(['a']);
  });

  test('can be recovered from by its own producer, which names itself', () => {
    const shard = new TestTxnShard();
    const producer = shard.init('a', { timeoutMs: 10_000 });
    shard.add('a', producer, 't:0');
    shard.advance(10_001);
    shard.abortTimedOut();
    shard.markAll();
    expect(shard.init('a', { expected: producer })).toMatchObject({ error: 'NONE', producerEpoch: 1 });
  });

  test('at epoch 32766 gets another producer id; several at once get different ones', () => {
    const shard = new TestTxnShard();
    for (const id of ['a', 'b', 'c']) {
      const producer = { ...shard.init(id, { timeoutMs: 10_000 }), producerEpoch: id === 'c' ? 5 : 32_766 };
      shard.restore(recordOf({ ...shard.describe(id)!, producerEpoch: producer.producerEpoch }));
      shard.add(id, producer, 't:0');
    }
    shard.advance(10_001);
    expect([...shard.abortTimedOut()].sort()).toEqual(['a', 'b', 'c']);
    shard.markAll();
    const ids = ['a', 'b', 'c'].map((id) => shard.describe(id)!);
    expect(ids.map(({ producerEpoch }) => producerEpoch)).toEqual([0, 0, 6]);
    expect(new Set(ids.map(({ producerId }) => producerId)).size).toBe(3);
  });
});

describe('an id that nobody uses', () => {
  test('is forgotten after its time, and not while a transaction is open', () => {
    const shard = new TestTxnShard({ idleMsMax: 10_000 });
    const producers = ['a', 'b', 'c'].map((id) => shard.init(id, { timeoutMs: 900_000 }));
    shard.add('b', producers[1]!, 't:0');
    shard.advance(5_000);
    shard.add('c', producers[2]!, 't:0');
    shard.end('c', producers[2]!, true);
    shard.markAll();
    shard.advance(5_000);
    expect(shard.call((core, turn) => core.forgetIdle(turn))).toBe(false);
    expect(listed(shard)).toEqual(['b', 'c']);
    shard.crash();
    expect(listed(shard)).toEqual(['b', 'c']);
    expect(shard.add('a', producers[0]!, 't:0')).toBe('INVALID_PRODUCER_ID_MAPPING');
  });

  test('is forgotten in batches of a bounded size', () => {
    const shard = new TestTxnShard({ idleMsMax: 10_000 });
    for (let index = 0; index < 1_001; index++) shard.init(`id-${index}`);
    shard.advance(10_000);
    expect(shard.call((core, turn) => core.forgetIdle(turn))).toBe(true);
    expect(listed(shard)).toHaveLength(1);
    expect(shard.call((core, turn) => core.forgetIdle(turn))).toBe(false);
    expect(listed(shard)).toEqual([]);
  });
});

describe('the list of transactions', () => {
  test('is filtered by state, producer and duration', () => {
    const shard = new TestTxnShard();
    const a = shard.init('a');
    const b = shard.init('b');
    shard.init('c');
    shard.add('a', a, 't:0');
    shard.advance(100);
    shard.add('b', b, 't:0');
    expect(listed(shard)).toEqual(['a', 'b', 'c']);
    expect(listed(shard, { states: ['Ongoing', 'Nonsense'] })).toEqual(['a', 'b']);
    expect(listed(shard, { states: ['Nonsense'] })).toEqual([]);
    expect(listed(shard, { producerIds: [b.producerId, 99] })).toEqual(['b']);
    expect(listed(shard, { states: ['Ongoing'], durationMs: 99 })).toEqual(['a']);
    expect(listed(shard, { states: ['Ongoing'], durationMs: 100 })).toEqual([]);
    expect(listed(shard, { states: ['Ongoing'], durationMs: 0 })).toEqual(['a']);
  });

  test('names the states of the filter that there are not', () => {
    expect(unknownStates(['Ongoing', 'Dead', 'PrepareEpochFence', 'ongoing', 'x'])).toEqual(['ongoing', 'x']);
  });
});
