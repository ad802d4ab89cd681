import { apis, encodeBatch, errorName } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { TxnProducer } from '../testing/txn-producer.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders');
});
afterEach(() => kit[Symbol.asyncDispose]());

async function ask(name: string, index = 0) {
  const topics = [{ name, partitionIndexes: [index] }];
  const answer = await kit.client.request(apis.describeProducers, 0, { topics });
  return answer.topics[0]!.partitions[0]!;
}

describe('DescribeProducers', () => {
  test('tells the last sequence and the open transaction of each producer', async () => {
    const records = encodeBatch({ producerId: 99, producerEpoch: 3, baseSequence: 5 }, [
      { timestamp: 1234, key: null, value: null },
    ]);
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }];
    await kit.client.request(apis.produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
    const producer = await TxnProducer.start(kit.client, { transactionalId: 'payments' });
    await producer.write('orders', ['a', 'b']);
    const { activeProducers } = await ask('orders');
    const none = { coordinatorEpoch: -1, currentTxnStartOffset: -1 };
    expect(activeProducers).toEqual([
      { producerId: 99, producerEpoch: 3, lastSequence: 5, lastTimestamp: 1234, ...none },
      {
        ...{ producerId: producer.id, producerEpoch: producer.epoch, lastSequence: 1, lastTimestamp: 1000 },
        ...{ coordinatorEpoch: -1, currentTxnStartOffset: 1 },
      },
    ]);
    const { id, epoch } = producer;
    await producer.end(true);
    await expect
      .poll(async () => (await ask('orders')).activeProducers[1])
      .toMatchObject({
        ...{ producerId: id, producerEpoch: epoch + 1, lastSequence: -1 },
        ...{ coordinatorEpoch: 0, currentTxnStartOffset: -1 },
      });
  });

  test.each([
    ['orders', 1, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['gone', 0, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['no/name', 0, 'INVALID_TOPIC_EXCEPTION'],
  ])('of %s-%i answers %s', async (name, index, error) => {
    const answer = await ask(name, index);
    expect([answer.partitionIndex, errorName(answer.errorCode), answer.activeProducers]).toEqual([index, error, []]);
    expect(answer.errorMessage === null).toBe(error !== 'INVALID_TOPIC_EXCEPTION');
  });
});
