import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TxnMarker } from '../transaction/txn-marker.ts';
import { type ProducerBatch, sequenceAfter } from './producer-entry.ts';
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts';
import { ProducerState } from './producer-state.ts';

const maxSequence = 2 ** 31 - 1;

function batch(changes: Partial<ProducerBatch> & { count?: number } = {}): ProducerBatch {
  const { count = 1, baseOffset = 0, ...rest } = changes;
  return {
    producerId: 7,
    producerEpoch: 0,
    baseSequence: 0,
    baseOffset,
    lastOffset: baseOffset + count - 1,
    timestampMs: 1000 + baseOffset,
    isTransactional: false,
    ...rest,
  };
}

function marker(changes: Partial<ProducerBatch> & { type?: 'commit' | 'abort'; coordinatorEpoch?: number } = {}) {
  const { type = 'commit', coordinatorEpoch = 0, ...rest } = changes;
  return batch({ baseSequence: -1, isTransactional: true, marker: { type, coordinatorEpoch }, ...rest });
}

/** A producer that has written `count` batches of one record each, from sequence and offset 0 on. */
function written(count: number): ProducerState {
  const state = new ProducerState();
  for (let at = 0; at < count; at += 1) state.replay(batch({ baseSequence: at, baseOffset: at }));
  return state;
}

describe('a retry', () => {
  test('of one of the last five batches is answered with where that batch is', () => {
    const state = written(7);
    for (const sequence of [2, 3, 4, 5, 6]) {
      expect(state.check(batch({ baseSequence: sequence }))).toEqual({
        kind: 'duplicate',
        of: {
          baseSequence: sequence,
          lastSequence: sequence,
          baseOffset: sequence,
          lastOffset: sequence,
          timestampMs: 1000 + sequence,
        },
      });
    }
  });

  test('of an older batch is out of order', () => {
    expect(written(7).check(batch({ baseSequence: 1 }))).toEqual({
      kind: 'error',
      error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
  });

  test('with another number of records is not a duplicate', () => {
    const check = written(3).check(batch({ baseSequence: 1, count: 2 }));
    expect(check).toEqual({ kind: 'error', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
  });
});

describe('a sequence', () => {
  test('must follow the last one', () => {
    const state = written(3);
    expect(state.check(batch({ baseSequence: 3 })).kind).toBe('accept');
    expect(state.check(batch({ baseSequence: 4 }))).toEqual({ kind: 'error', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
  });

  test('goes on at 0 after 2^31 - 1', () => {
    const state = new ProducerState();
    state.replay(batch({ baseSequence: maxSequence }));
    expect(state.check(batch({ baseSequence: 0 })).kind).toBe('accept');
    expect(sequenceAfter(maxSequence, 1)).toBe(0);
  });

  test('may pass 2^31 - 1 within a batch, and is known again', () => {
    const state = new ProducerState();
    const wrapping = batch({ baseSequence: maxSequence - 1, count: 4 });
    state.replay(wrapping);
    expect(state.get(7)!.batches[0]!.lastSequence).toBe(1);
    expect(state.check(wrapping).kind).toBe('duplicate');
    expect(state.check(batch({ baseSequence: 2 })).kind).toBe('accept');
  });

  test('of an unknown producer may be any', () => {
    expect(new ProducerState().check(batch({ baseSequence: 12345, producerEpoch: 3 })).kind).toBe('accept');
  });
});

describe('an epoch', () => {
  test('below the last one is fenced', () => {
    const state = new ProducerState();
    state.replay(batch({ producerEpoch: 2 }));
    const check = state.check(batch({ producerEpoch: 1, baseSequence: 1 }));
    expect(check).toEqual({ kind: 'error', error: 'INVALID_PRODUCER_EPOCH' });
  });

  test('above it starts at sequence 0 and forgets the batches before', () => {
    const state = written(3);
    expect(state.check(batch({ producerEpoch: 1, baseSequence: 3 })).kind).toBe('error');
    const first = batch({ producerEpoch: 1, baseSequence: 0, baseOffset: 3 });
    expect(state.check(first).kind).toBe('accept');
    state.replay(first);
    expect(state.get(7)!.batches).toHaveLength(1);
  });

  test('that began with a marker continues at sequence 0', () => {
    const state = written(3);
    state.replay(
      batch({ producerEpoch: 1, baseSequence: -1, baseOffset: 3, marker: { type: 'abort', coordinatorEpoch: 0 } }),
    );
    expect(state.check(batch({ producerEpoch: 1, baseSequence: 0 })).kind).toBe('accept');
    expect(state.check(batch({ producerEpoch: 0, baseSequence: 3 }))).toMatchObject({
      error: 'INVALID_PRODUCER_EPOCH',
    });
  });
});

describe('a transaction', () => {
  test('is open from its first batch to its marker', () => {
    const state = new ProducerState();
    state.replay(batch({ isTransactional: true, baseOffset: 5 }));
    state.replay(batch({ isTransactional: true, baseSequence: 1, baseOffset: 6 }));
    expect(state.get(7)!.currentTxnFirstOffset).toBe(5);
    expect([state.isInTransaction(7, 0), state.isInTransaction(7, 1), state.isInTransaction(8, 0)]).toEqual([
      true,
      false,
      false,
    ]);
    state.replay(marker({ baseOffset: 7 }));
    expect(state.get(7)!.currentTxnFirstOffset).toBe(-1);
    expect(state.isInTransaction(7, 0)).toBe(false);
  });

  test('lets its producer write nothing outside of it', () => {
    const state = new ProducerState();
    state.replay(batch({ isTransactional: true }));
    expect(state.check(batch({ baseSequence: 1 }))).toEqual({ kind: 'error', error: 'INVALID_TXN_STATE' });
    expect(state.check(batch({ baseSequence: 1, isTransactional: true })).kind).toBe('accept');
    state.replay(marker({ baseOffset: 1 }));
    expect(state.check(batch({ baseSequence: 1 })).kind).toBe('accept');
  });

  test('keeps readers from its first offset on until its marker is committed', () => {
    const state = new ProducerState();
    const open = (producerId: number, baseOffset: number) =>
      state.replay(batch({ producerId, baseOffset, isTransactional: true }));
    expect(state.firstUnstableOffset).toBeUndefined();
    open(7, 10);
    open(8, 11);
    const ended = state.replay(marker({ baseOffset: 12, type: 'abort' }));
    expect(ended).toEqual({ producerId: 7, firstOffset: 10, lastOffset: 12, lastStableOffset: 11 });
    expect(state.firstUnstableOffset).toBe(10);
    state.settle(12);
    expect(state.firstUnstableOffset).toBe(10);
    state.settle(13);
    expect(state.firstUnstableOffset).toBe(11);
    expect(state.replay(marker({ producerId: 8, baseOffset: 13 }))).toMatchObject({ lastStableOffset: 14 });
    state.settle(14);
    expect(state.firstUnstableOffset).toBeUndefined();
  });

  test('that is empty ends with nothing to tell of', () => {
    expect(new ProducerState().replay(marker({ type: 'abort' }))).toBeUndefined();
  });

  test('is open again after a restart from a snapshot', () => {
    const state = new ProducerState();
    for (const [producerId, baseOffset] of [
      [9, 4],
      [7, 5],
    ] as const) {
      state.replay(batch({ producerId, baseOffset, isTransactional: true }));
    }
    const restored = new ProducerState();
    restored.restore(decodeProducerSnapshot(encodeProducerSnapshot([...state.entries()].reverse()))!, 6);
    expect(restored.firstUnstableOffset).toBe(4);
    expect(restored.replay(marker({ producerId: 7, baseOffset: 6 }))).toMatchObject({
      firstOffset: 5,
      lastStableOffset: 4,
    });
  });
});

describe('a marker', () => {
  const asked = (changes: Partial<TxnMarker> = {}): TxnMarker => ({
    ...{ producerId: 7, producerEpoch: 3, coordinatorEpoch: 5, isCommit: true, transactionVersion: 1 },
    ...changes,
  });
  const inEpoch3 = () => {
    const state = new ProducerState();
    state.replay(marker({ producerEpoch: 3, baseOffset: 0, coordinatorEpoch: 5 }));
    state.replay(batch({ producerEpoch: 3, baseOffset: 1, isTransactional: true }));
    return state;
  };

  test('of an epoch that does not rise must not be below that of the producer', () => {
    const errors = [2, 3, 4].map((producerEpoch) => inEpoch3().checkMarker(asked({ producerEpoch })));
    expect(errors).toEqual(['INVALID_PRODUCER_EPOCH', 'NONE', 'NONE']);
  });

  test('of an epoch that rises must be above that of the producer (KAFKA-14402)', () => {
    const errors = [2, 3, 4].map((producerEpoch) =>
      inEpoch3().checkMarker(asked({ producerEpoch, transactionVersion: 2 })),
    );
    expect(errors).toEqual(['INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_EPOCH', 'NONE']);
  });

  test('that comes again after its answer was lost is taken again (KAFKA-19999)', () => {
    const state = inEpoch3();
    state.replay(marker({ producerEpoch: 4, baseOffset: 2, coordinatorEpoch: 5 }));
    expect(state.checkMarker(asked({ producerEpoch: 4, transactionVersion: 2 }))).toBe('NONE');
    state.replay(batch({ producerEpoch: 4, baseOffset: 3, isTransactional: true }));
    expect(state.checkMarker(asked({ producerEpoch: 4, transactionVersion: 2 }))).toBe('INVALID_PRODUCER_EPOCH');
  });

  test('of the last epoch there is can end a transaction that was begun in it', () => {
    const state = new ProducerState();
    state.replay(batch({ producerEpoch: 32_767, isTransactional: true }));
    expect(state.checkMarker(asked({ producerEpoch: 32_767, transactionVersion: 2 }))).toBe('NONE');
  });

  test('of a coordinator that was replaced is fenced', () => {
    const errors = [4, 5, 6].map((coordinatorEpoch) => inEpoch3().checkMarker(asked({ coordinatorEpoch })));
    expect(errors).toEqual(['TRANSACTION_COORDINATOR_FENCED', 'NONE', 'NONE']);
  });

  test('of a producer that is not known is taken', () => {
    expect(new ProducerState().checkMarker(asked({ transactionVersion: 2 }))).toBe('NONE');
  });

  test('keeps the sequences of its epoch, and begins another one anew', () => {
    const state = written(3);
    state.replay(marker({ baseOffset: 3, coordinatorEpoch: 8 }));
    expect(state.get(7)).toMatchObject({ epoch: 0, coordinatorEpoch: 8 });
    expect(state.check(batch({ baseSequence: 3 })).kind).toBe('accept');
    state.replay(marker({ producerEpoch: 1, baseOffset: 4 }));
    expect(state.get(7)!.batches).toEqual([]);
  });
});

test('batches of a coordinator have no sequence, and follow each other all the same', () => {
  const state = new ProducerState();
  state.replay(batch({ baseSequence: -1, isTransactional: true }));
  state.replay(batch({ baseSequence: -1, baseOffset: 1, isTransactional: true }));
  expect(state.get(7)).toMatchObject({ currentTxnFirstOffset: 0, batches: [{}, { lastSequence: -1, lastOffset: 1 }] });
});

test('a producer is forgotten when it was silent for long enough, unless its transaction is open', () => {
  const state = new ProducerState();
  const ids = () => [...state.entries()].map(({ producerId }) => producerId).sort();
  state.replay(batch({ producerId: 1, baseOffset: 0 }));
  state.replay(batch({ producerId: 2, baseOffset: 500 }));
  state.replay(batch({ producerId: 3, baseOffset: 0, isTransactional: true }));
  // However old the timestamps are that it writes, a producer that writes is there.
  state.expire({ nowMs: 10_000, expirationMs: 1000 });
  expect(ids()).toEqual([1, 2, 3]);
  state.replay(batch({ producerId: 2, baseOffset: 501, baseSequence: 1 }));
  state.expire({ nowMs: 11_000, expirationMs: 1000 });
  expect(ids()).toEqual([2, 3]);
  state.expire({ nowMs: 12_000, expirationMs: 1000 });
  expect(ids()).toEqual([3]);
});

describe('a snapshot', () => {
  const replayed = fc.array(
    fc.record({
      producerId: fc.integer({ min: 0, max: 4 }),
      count: fc.integer({ min: 1, max: 5 }),
      isTransactional: fc.boolean(),
    }),
  );

  test('lets a producer go on where it was', () => {
    fc.assert(
      fc.property(replayed, fc.integer({ min: 0, max: maxSequence }), (batches, firstSequence) => {
        const live = new ProducerState();
        const next = new Map<number, number>();
        let offset = 0;
        for (const { producerId, count, isTransactional } of batches) {
          const baseSequence = next.get(producerId) ?? firstSequence;
          live.replay(batch({ producerId, count, isTransactional, baseSequence, baseOffset: offset }));
          next.set(producerId, sequenceAfter(baseSequence, count));
          offset += count;
        }
        const restored = new ProducerState();
        restored.restore(decodeProducerSnapshot(encodeProducerSnapshot(live.entries()))!, offset);
        const lastOnly = [...live.entries()].map((entry) => ({ ...entry, batches: entry.batches.slice(-1) }));
        expect([...restored.entries()]).toEqual(lastOnly);
        expect(restored.endOffset).toBe(offset);
      }),
    );
  });

  test('that was changed anywhere is not taken', () => {
    const bytes = encodeProducerSnapshot(written(3).entries());
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0x10;
      expect(decodeProducerSnapshot(changed)).toBeUndefined();
      expect(decodeProducerSnapshot(bytes.subarray(0, at))).toBeUndefined();
    }
  });
});
