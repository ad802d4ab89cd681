import { apis, encodeBatch } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { TxnProducer } from '../testing/txn-producer.ts';

/** So many answers about what the tests prepare are more than 128 MiB, and the requests some megabytes. */
const times = 100_000;

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders', { partitions: 400 });
});
afterEach(() => kit[Symbol.asyncDispose]());

/** Sends a request on a connection of its own, which must be closed, while the others are served. */
async function expectRefused(send: (client: TestBroker['client']) => Promise<unknown>): Promise<void> {
  const client = await kit.connect();
  await expect(send(client)).rejects.toThrow(/clos/i);
  expect((await kit.client.request(apis.apiVersions, 0, {})).errorCode).toBe(0);
}

describe('a request that names the same again and again is not answered when that is too long', {
  timeout: 60_000,
}, () => {
  test('partitions with producers', async () => {
    for (let producerId = 0; producerId < 50; producerId += 1) {
      const header = { producerId: 1_000 + producerId, producerEpoch: 0, baseSequence: 0 };
      const records = encodeBatch(header, [{ timestamp: 1, key: null, value: null }]);
      const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }];
      await kit.client.request(apis.produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
    }
    const ask = (count: number) => ({
      topics: [{ name: 'orders', partitionIndexes: new Array<number>(count).fill(0) }],
    });
    const few = await kit.client.request(apis.describeProducers, 0, ask(3));
    expect(few.topics[0]?.partitions.map(({ activeProducers }) => activeProducers.length)).toEqual([50, 50, 50]);
    await expectRefused((client) => client.request(apis.describeProducers, 0, ask(times)));
  });

  test('transactions with partitions', async () => {
    const producer = await TxnProducer.start(kit.client, { transactionalId: 'payments' });
    await producer.write('orders', ['a']);
    const { id: producerId, epoch: producerEpoch } = producer;
    const partitions = Array.from({ length: 400 }, (_, index) => index);
    const topics = [{ name: 'orders', partitions }];
    await kit.client.request(apis.addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: 'payments',
      ...{ v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: producerEpoch, v3AndBelowTopics: topics },
    });
    const ask = (count: number) => ({ transactionalIds: new Array<string>(count).fill('payments') });
    const few = await kit.client.request(apis.describeTransactions, 0, ask(2));
    expect(few.transactionStates.map((state) => state.topics[0]?.partitions.length)).toEqual([400, 400]);
    await expectRefused((client) => client.request(apis.describeTransactions, 0, ask(times)));
  });

  test('groups with offsets', async () => {
    const committed = Array.from({ length: 400 }, (_, partitionIndex) => ({
      ...{ partitionIndex, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: 'x'.repeat(100) },
    }));
    await kit.client.request(apis.findCoordinator, 1, { key: 'g', keyType: 0 });
    const commit = async () => {
      const answer = await kit.client.request(apis.offsetCommit, 8, {
        ...{ groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null },
        topics: [{ name: 'orders', partitions: committed }],
      });
      return answer.topics[0]?.partitions[0]?.errorCode;
    };
    await expect.poll(commit, { timeout: 20_000 }).toBe(0);
    const ask = (count: number) => ({ groups: new Array(count).fill({ groupId: 'g', topics: null }) });
    const few = await kit.client.request(apis.offsetFetch, 8, ask(2));
    expect(few.groups.map(({ topics }) => topics[0]?.partitions.length)).toEqual([400, 400]);
    await expectRefused((client) => client.request(apis.offsetFetch, 8, ask(times)));
  });
});
