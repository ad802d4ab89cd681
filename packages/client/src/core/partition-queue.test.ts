import { baseSequence, producerEpoch } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { PartitionQueue } from './partition-queue.ts';
import { ProducerBatch } from './producer-batch.ts';
import { judge, ProducerSession } from './producer-session.ts';

const eager = { lingerMs: 0, isUrgent: false };
let batches = 0;

function batch(createdAtMs = 0, records = 1): ProducerBatch {
  batches += 1;
  const options = { number: batches, createdAtMs, bytesMax: 1_000, compression: 'none' as const };
  const made = new ProducerBatch({ topic: 't', partition: 0 }, options);
  for (let index = 0; index < records; index++) {
    made.append({ timestamp: 0, key: null, value: Buffer.from('x') }, undefined);
  }
  return made;
}

function queueOf(...list: ProducerBatch[]): PartitionQueue {
  const session = new ProducerSession();
  session.begin({ producerId: 7, producerEpoch: 0 });
  const queue = new PartitionQueue('t', 0, session);
  for (const each of list) queue.push(each);
  return queue;
}

/** A queue whose producer the broker knows already. */
function establishedQueue(...list: ProducerBatch[]): PartitionQueue {
  const first = batch();
  const queue = queueOf(first);
  queue.send(first, 1);
  queue.settle(first, 'done');
  for (const each of list) queue.push(each);
  return queue;
}

describe('a partition queue', () => {
  test('lets an open batch linger, and not one that is behind another', () => {
    const [first, second] = [batch(100), batch(105)];
    const queue = establishedQueue(first);
    expect(queue.next(100, { lingerMs: 5, isUrgent: false })).toBe(105);
    expect(queue.next(105, { lingerMs: 5, isUrgent: false })).toBe(first);
    expect(queue.next(100, { lingerMs: 5, isUrgent: true })).toBe(first);
    queue.push(second);
    expect(queue.next(100, { lingerMs: 5, isUrgent: false })).toBe(first);
  });

  test('sends one batch alone until the broker knows the producer', () => {
    const [first, second] = [batch(), batch()];
    const queue = queueOf(first, second);
    queue.send(first, 1);
    expect(queue.next(0, eager)).toBe(Number.POSITIVE_INFINITY);
    queue.settle(first, 'done');
    expect(queue.next(0, eager)).toBe(second);
  });

  test('sends again one at a time, oldest first, whatever the order in which they came back', () => {
    const [first, second, third] = [batch(), batch(), batch()];
    const queue = establishedQueue(first, second, third);
    for (const each of [first, second]) queue.send(each, 1);
    queue.settle(second, 'retry');
    expect(queue.next(0, eager)).toBe(Number.POSITIVE_INFINITY);
    queue.settle(first, 'retry');
    expect(queue.next(0, eager)).toBe(first);
    queue.send(first, 1);
    expect(queue.next(0, eager)).toBe(Number.POSITIVE_INFINITY);
    queue.settle(first, 'done');
    expect(queue.next(0, eager)).toBe(second);
  });

  test('keeps the sequence of a batch that is sent again', () => {
    const [first, second] = [batch(0, 3), batch(0, 2)];
    const queue = establishedQueue(first, second);
    expect(baseSequence(queue.send(first, 1))).toBe(1);
    expect(baseSequence(queue.send(second, 1))).toBe(4);
    queue.settle(first, 'retry');
    queue.settle(second, 'retry');
    expect(baseSequence(queue.send(first, 1))).toBe(1);
  });

  test('starts at 0 under the next epoch once everything under way has come back', () => {
    const [first, second] = [batch(0, 3), batch(0, 2)];
    const queue = establishedQueue(first, second);
    for (const each of [first, second]) queue.send(each, 1);
    queue.settle(first, 'restart');
    expect(queue.next(0, eager)).toBe(Number.POSITIVE_INFINITY);
    queue.settle(second, 'retry');
    const again = queue.send(first, 1);
    expect([producerEpoch(again), baseSequence(again)]).toEqual([1, 0]);
    queue.settle(first, 'done');
    const next = queue.send(second, 1);
    expect([producerEpoch(next), baseSequence(next)]).toEqual([1, 3]);
  });

  test('reuses the numbers of a refused batch, but not when its first try may have been stored', () => {
    const [first, second, third] = [batch(0, 3), batch(), batch()];
    const queue = establishedQueue(first, second, third);
    queue.send(first, 1);
    queue.settle(first, 'fail');
    expect(baseSequence(queue.send(second, 1))).toBe(1);
    queue.settle(second, 'retry');
    queue.send(second, 1);
    queue.settle(second, 'fail');
    expect(baseSequence(queue.send(third, 1))).toBe(2);
  });

  test('does not go to another broker while a batch is under way', () => {
    const [first, second] = [batch(), batch()];
    const queue = establishedQueue(first, second);
    queue.send(first, 1);
    expect([queue.mayGoTo(1), queue.mayGoTo(2)]).toEqual([true, false]);
    queue.settle(first, 'done');
    expect(queue.mayGoTo(2)).toBe(true);
  });

  test('waits for a producer id', () => {
    const session = new ProducerSession();
    const queue = new PartitionQueue('t', 0, session);
    queue.push(batch());
    expect(queue.mayGoTo(1)).toBe(false);
    session.begin({ producerId: 1, producerEpoch: 0 });
    expect(queue.mayGoTo(1)).toBe(true);
  });

  test('gives up what has waited too long, but not what is under way', () => {
    const [first, second, third] = [batch(0), batch(0), batch(900)];
    const queue = establishedQueue(first, second, third);
    queue.send(first, 1);
    expect(queue.expire(1_000, 1_000)).toEqual([second]);
    expect([...queue.unfinished()]).toEqual([first, third]);
  });

  test('takes another producer id when its own is somebody else’s', () => {
    const session = new ProducerSession();
    session.begin({ producerId: 1, producerEpoch: 0 });
    const queue = new PartitionQueue('t', 0, session);
    const [first, second] = [batch(), batch()];
    queue.push(first);
    queue.send(first, 1);
    queue.settle(first, 'abandon');
    expect(session.identity).toBeUndefined();
    session.begin({ producerId: 2, producerEpoch: 0 });
    queue.push(second);
    queue.send(second, 1);
    expect(second.identity).toEqual({ producerId: 2, producerEpoch: 0, baseSequence: 0 });
  });
});

describe('the judgement of an answer', () => {
  const first = { isFirst: true, count: 1 };
  const later = { isFirst: false, count: 1 };
  const ofTwo = { isFirst: false, count: 2 };
  const numbered = { isTransactional: false };
  const inTransaction = { isTransactional: true };
  test.each([
    ['NONE', first, numbered, 'done'],
    ['DUPLICATE_SEQUENCE_NUMBER', first, numbered, 'done'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', first, numbered, 'restart'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', later, numbered, 'retry'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', first, undefined, 'fail'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', first, inTransaction, 'fail'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', later, inTransaction, 'retry'],
    ['INVALID_PRODUCER_EPOCH', first, numbered, 'abandon'],
    ['INVALID_PRODUCER_EPOCH', first, inTransaction, 'fail'],
    ['NOT_LEADER_OR_FOLLOWER', first, numbered, 'retry'],
    ['MESSAGE_TOO_LARGE', first, numbered, 'fail'],
    ['MESSAGE_TOO_LARGE', ofTwo, numbered, 'split'],
    ['MESSAGE_TOO_LARGE', ofTwo, inTransaction, 'split'],
    ['MESSAGE_TOO_LARGE', ofTwo, undefined, 'split'],
  ] as const)('%s', (answer, place, session, verdict) => {
    expect(judge(answer, place, session)).toBe(verdict);
  });
});
