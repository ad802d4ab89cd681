import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts';
import { type ProducerBatch, ProducerState, sequenceAfter } from './producer-state.ts';

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
    isControl: false,
    ...rest,
  };
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
    state.replay(batch({ producerEpoch: 1, baseSequence: -1, baseOffset: 3, isControl: true }));
    expect(state.check(batch({ producerEpoch: 1, baseSequence: 0 })).kind).toBe('accept');
    expect(state.check(batch({ producerEpoch: 0, baseSequence: 3 }))).toMatchObject({
      error: 'INVALID_PRODUCER_EPOCH',
    });
  });
});

test('a transaction is open from its first batch to its marker', () => {
  const state = new ProducerState();
  state.replay(batch({ isTransactional: true, baseOffset: 5 }));
  state.replay(batch({ isTransactional: true, baseSequence: 1, baseOffset: 6 }));
  expect(state.get(7)!.currentTxnFirstOffset).toBe(5);
  state.replay(batch({ isTransactional: true, isControl: true, baseSequence: -1, baseOffset: 7 }));
  expect(state.get(7)!.currentTxnFirstOffset).toBe(-1);
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
