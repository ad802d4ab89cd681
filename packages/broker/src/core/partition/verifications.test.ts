import { describe, expect, test } from 'vitest';
import type { ProducerBatch } from './producer-entry.ts';
import { type VerificationRequest, Verifications } from './verifications.ts';

const request = (changes: Partial<VerificationRequest> = {}): VerificationRequest => ({
  ...{ producerId: 7, producerEpoch: 1, baseSequence: 3, bumpsEpoch: false },
  ...changes,
});
const batch = (changes: Partial<ProducerBatch> = {}): ProducerBatch => ({
  ...{ producerId: 7, producerEpoch: 1, baseSequence: 0, baseOffset: 0, lastOffset: 0, timestampMs: 0 },
  ...{ isTransactional: true },
  ...changes,
});
const marker = { type: 'abort', coordinatorEpoch: 0 } as const;

describe('an answer of the coordinator', () => {
  test('is good for all batches that were sent before the first was written', () => {
    const verifications = new Verifications();
    const first = verifications.begin(request(), 0);
    expect(verifications.begin(request({ baseSequence: 4 }), 0)).toBe(first);
    expect(verifications.isValid(7, first)).toBe(true);
    expect([verifications.isValid(8, first), verifications.isValid(7, undefined)]).toEqual([false, false]);
  });

  test('is stale after a marker, also when the question has been asked again', () => {
    const verifications = new Verifications();
    const stale = verifications.begin(request(), 0);
    verifications.end(batch({ marker }));
    expect(verifications.isValid(7, stale)).toBe(false);
    const fresh = verifications.begin(request(), 0);
    expect([verifications.isValid(7, stale), verifications.isValid(7, fresh)]).toEqual([false, true]);
  });

  test('outlives the marker of the transaction before it, where the marker has the epoch of the next one', () => {
    const verifications = new Verifications();
    const next = verifications.begin(request({ producerEpoch: 2, bumpsEpoch: true }), 0);
    verifications.end(batch({ producerEpoch: 2, marker }));
    expect(verifications.isValid(7, next)).toBe(true);
    verifications.end(batch({ producerEpoch: 3, marker }));
    expect(verifications.isValid(7, next)).toBe(false);
  });
});

test('the lowest sequence of an epoch is known: what comes before it in order must be written before it', () => {
  const verifications = new Verifications();
  const pending = verifications.begin(request({ baseSequence: 3 }), 0);
  for (const [changes, lowest] of [
    [{ baseSequence: 5 }, 3],
    [{ baseSequence: 1 }, 1],
    [{ baseSequence: 0, producerEpoch: 0 }, 1],
    [{ baseSequence: 4, producerEpoch: 2 }, 4],
  ] as const) {
    verifications.begin(request(changes), 0);
    expect(pending.lowestSequence).toBe(lowest);
  }
});

test('what nobody came back to is forgotten', () => {
  const verifications = new Verifications();
  const pending = verifications.begin(request(), 1000);
  verifications.expire({ nowMs: 1999, expirationMs: 1000 });
  expect(verifications.isValid(7, pending)).toBe(true);
  verifications.expire({ nowMs: 2000, expirationMs: 1000 });
  expect(verifications.isValid(7, pending)).toBe(false);
});
