import { apis, type ErrorName, encodeBatch, errorCode } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';

const producerId = 4_000;
const sequenceMax = 2 ** 31 - 1;
let kit: TestBroker;

beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders');
});
afterEach(() => kit[Symbol.asyncDispose]());

/** Sends a batch of `count` records and gives the error with the first offset. */
async function send(baseSequence: number, { epoch = 0, count = 1, isTransactional = false } = {}): Promise<string> {
  const records = Array.from({ length: count }, () => ({ timestamp: Date.now(), key: null, value: Buffer.from('v') }));
  const batch = encodeBatch({ producerId, producerEpoch: epoch, baseSequence, isTransactional }, records);
  const { responses } = await kit.client.request(apis.produce, 9, {
    ...{ acks: -1, timeoutMs: 1_000 },
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batch }] }],
  });
  const answer = responses[0]!.partitionResponses[0]!;
  const name = (Object.keys(errorCode) as ErrorName[]).find((each) => errorCode[each] === answer.errorCode);
  return `${name} ${answer.baseOffset}`;
}

describe('an idempotent producer', () => {
  test('gets the first offset again for each of its last five batches', async () => {
    for (let sequence = 0; sequence < 12; sequence += 2) await send(sequence, { count: 2 });
    for (const sequence of [2, 4, 6, 8, 10]) expect(await send(sequence, { count: 2 })).toBe(`NONE ${sequence}`);
    expect(await send(0, { count: 2 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER -1');
    expect(await send(12)).toBe('NONE 12');
  });

  test('must not leave a sequence out, or send part of a batch again', async () => {
    await send(0, { count: 3 });
    expect(await send(4)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER -1');
    expect(await send(1, { count: 2 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER -1');
    expect(await send(3)).toBe('NONE 3');
  });

  test('begins a new epoch at 0, and the old epoch is over', async () => {
    await send(0);
    expect(await send(1, { epoch: 1 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER -1');
    expect(await send(0, { epoch: 1 })).toBe('NONE 1');
    expect(await send(1)).toBe('INVALID_PRODUCER_EPOCH -1');
  });

  test('of which nothing is known may begin anywhere, and goes on at 0 after the last sequence', async () => {
    expect(await send(sequenceMax - 1, { count: 2 })).toBe('NONE 0');
    expect(await send(0)).toBe('NONE 2');
    expect(await send(1, { count: 2 })).toBe('NONE 3');
  });

  test('whose batch runs over the last sequence goes on behind it', async () => {
    expect(await send(sequenceMax, { count: 3 })).toBe('NONE 0');
    expect(await send(sequenceMax, { count: 3 })).toBe('NONE 0');
    expect(await send(2)).toBe('NONE 3');
  });

  test('must give a sequence, and have no transaction without the id of one', async () => {
    expect(await send(-1)).toBe('INVALID_RECORD -1');
    expect(await send(0, { isTransactional: true })).toBe('TRANSACTIONAL_ID_AUTHORIZATION_FAILED -1');
  });
});
