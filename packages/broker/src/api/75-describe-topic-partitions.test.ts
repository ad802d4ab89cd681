import { apis, errorCode, type RequestDraftOf, type ResponseOf } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleDescribeTopicPartitions } from './75-describe-topic-partitions.ts';

let broker: HandlerBroker;
beforeEach(async () => {
  broker = await startHandlerBroker({ 'max.request.partition.size.limit': 5 });
  const topic = (name: string, numPartitions: number) => ({ name, numPartitions, replicationFactor: 1 });
  const topics = [topic('b', 2), topic('a', 3), topic('c', 1)];
  await broker.controller.createTopics(topics.map((each) => ({ ...each, assignments: [], configs: [] })));
});

type Request = Partial<RequestDraftOf<typeof apis.describeTopicPartitions>>;

async function ask(names: readonly string[], more: Request = {}) {
  const { topics, nextCursor } = await broker.ask(apis.describeTopicPartitions, handleDescribeTopicPartitions, {
    version: 0,
    body: { topics: names.map((name) => ({ name })), ...more },
  });
  const told = topics.map(({ name, errorCode: code, partitions }) => {
    const indexes = partitions.map(({ partitionIndex }) => partitionIndex).join(',');
    return code === errorCode.NONE ? `${name}:${indexes}` : `${name}!${code}`;
  });
  return { told, cursor: nextCursor === null ? null : `${nextCursor.topicName}:${nextCursor.partitionIndex}` };
}

const from = (topicName: string, partitionIndex: number) => ({ cursor: { topicName, partitionIndex } });

describe('DescribeTopicPartitions', () => {
  test('tells of each topic once, in the order of the names', async () => {
    const limited = { responsePartitionLimit: 2_000 };
    expect(await ask(['b', 'a', 'b'], limited)).toEqual({ told: ['a:0,1,2', 'b:0,1'], cursor: null });
  });

  test('tells of the partition what Metadata tells, and what one may do with the topic', async () => {
    const { topics } = await broker.ask(apis.describeTopicPartitions, handleDescribeTopicPartitions, {
      version: 0,
      body: { topics: [{ name: 'c' }] },
    });
    expect(topics[0]).toMatchObject({ isInternal: false, topicAuthorizedOperations: 3576 });
    expect(topics[0]?.topicId).toBe(broker.controller.image().topicsByName.get('c')?.id);
    expect(topics[0]?.partitions[0]).toMatchObject({
      ...{ errorCode: 0, leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] },
      ...{ eligibleLeaderReplicas: [], lastKnownElr: [] },
    });
  });

  test.each([
    ['within a topic', 2, ['a:0,1'], 'a:2'],
    ['after a topic', 3, ['a:0,1,2'], 'b:0'],
    ['within the next', 4, ['a:0,1,2', 'b:0'], 'b:1'],
    ['no earlier than after one partition', 0, ['a:0'], 'a:1'],
    ['where the broker says so', 9, ['a:0,1,2', 'b:0,1'], 'c:0'],
  ])('a page ends %s', async (_, responsePartitionLimit, told, cursor) => {
    expect(await ask(['a', 'b', 'c'], { responsePartitionLimit })).toEqual({ told, cursor });
  });

  test('pages follow each other without a gap', async () => {
    const seen: string[] = [];
    let cursor: Request['cursor'] = null;
    do {
      const page: ResponseOf<typeof apis.describeTopicPartitions> = await broker.ask(
        apis.describeTopicPartitions,
        handleDescribeTopicPartitions,
        {
          version: 0,
          body: { topics: [], responsePartitionLimit: 2, cursor },
        },
      );
      for (const { name, partitions } of page.topics) {
        for (const { partitionIndex } of partitions) seen.push(`${name}-${partitionIndex}`);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(['a-0', 'a-1', 'a-2', 'b-0', 'b-1', 'c-0']);
  });

  test('goes on from a cursor, also behind the last partition', async () => {
    expect(await ask(['a', 'b'], from('a', 2))).toEqual({ told: ['a:2', 'b:0,1'], cursor: null });
    expect(await ask(['a', 'b'], from('a', 7))).toEqual({ told: ['a:', 'b:0,1'], cursor: null });
    expect(await ask([], from('b', 1))).toEqual({ told: ['b:1', 'c:0'], cursor: null });
  });

  test.each([
    ['that is not among the topics', from('ab', 0)],
    ['before the first partition', from('a', -1)],
  ])('refuses a cursor %s', async (_, more) => {
    const code = errorCode.INVALID_REQUEST;
    expect(await ask(['a', 'b'], more)).toEqual({ told: [`a!${code}`, `b!${code}`], cursor: null });
  });

  test('tells an unknown topic from an illegal one, and a page can begin with either', async () => {
    const told = [`a b!${errorCode.INVALID_TOPIC_EXCEPTION}`, `zz!${errorCode.UNKNOWN_TOPIC_OR_PARTITION}`];
    expect(await ask(['zz', 'a b'])).toEqual({ told, cursor: null });
    expect(await ask(['a', 'a1'], { responsePartitionLimit: 3 })).toEqual({ told: ['a:0,1,2'], cursor: 'a1:0' });
  });
});
