import { apis, type ErrorName, errorName, type RequestDraftOf } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleCreatePartitions } from './37-create-partitions.ts';

type Topic = RequestDraftOf<typeof apis.createPartitions>['topics'][number];

async function grow(broker: HandlerBroker, topics: readonly Topic[], validateOnly = false) {
  const body = { topics, validateOnly, timeoutMs: 1000 };
  const { results } = await broker.ask(apis.createPartitions, handleCreatePartitions, { version: 3, body });
  return results.map(({ name, errorCode: code }) => [name, errorName(code)]);
}

async function brokerWithTopics() {
  const broker = await startHandlerBroker({ 'num.partitions': 2 });
  await broker.controller.ensureTopics(['a', '__consumer_offsets']);
  const partitionsOf = (name: string) => broker.controller.image().topicsByName.get(name)?.partitions ?? [];
  return { broker, partitionsOf };
}

describe('CreatePartitions', () => {
  test('adds partitions and keeps those that are there', async () => {
    const { broker, partitionsOf } = await brokerWithTopics();
    const before = partitionsOf('a');
    expect(await grow(broker, [{ name: 'a', count: 5, assignments: null }])).toEqual([['a', 'NONE']]);
    expect(partitionsOf('a').map(({ index, leader }) => [index, leader])).toEqual(
      [0, 1, 2, 3, 4].map((index) => [index, 1]),
    );
    expect(partitionsOf('a').slice(0, 2)).toEqual(before);
  });

  test('takes assignments', async () => {
    const { broker, partitionsOf } = await brokerWithTopics();
    expect(await grow(broker, [{ name: 'a', count: 3, assignments: [{ brokerIds: [1] }] }])).toEqual([['a', 'NONE']]);
    expect(partitionsOf('a')[2]?.replicas).toEqual([1]);
  });

  const cases: readonly (readonly [string, Topic, ErrorName])[] = [
    ['fewer', { name: 'a', count: 1, assignments: null }, 'INVALID_PARTITIONS'],
    ['as many', { name: 'a', count: 2, assignments: null }, 'INVALID_PARTITIONS'],
    ['below 0', { name: 'a', count: -1, assignments: null }, 'INVALID_PARTITIONS'],
    ['two billion', { name: 'a', count: 2 ** 31 - 1, assignments: null }, 'POLICY_VIOLATION'],
    ['an unknown topic', { name: 'b', count: 2, assignments: null }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an internal topic', { name: '__consumer_offsets', count: 99, assignments: null }, 'INVALID_TOPIC_EXCEPTION'],
    ['too few assignments', { name: 'a', count: 4, assignments: [{ brokerIds: [1] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
    ['an unknown broker', { name: 'a', count: 3, assignments: [{ brokerIds: [2] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
    ['other replicas', { name: 'a', count: 3, assignments: [{ brokerIds: [] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
  ];

  test.each(cases)('refuses %s', async (_, topic, error) => {
    const { broker, partitionsOf } = await brokerWithTopics();
    expect(await grow(broker, [topic])).toEqual([[topic.name, error]]);
    expect(partitionsOf('a')).toHaveLength(2);
  });

  test('a topic named twice is refused once', async () => {
    const { broker } = await brokerWithTopics();
    const topic = { name: 'a', count: 3, assignments: null };
    expect(await grow(broker, [topic, topic])).toEqual([['a', 'INVALID_REQUEST']]);
  });

  test('validateOnly changes nothing', async () => {
    const { broker, partitionsOf } = await brokerWithTopics();
    expect(await grow(broker, [{ name: 'a', count: 3, assignments: null }], true)).toEqual([['a', 'NONE']]);
    expect(partitionsOf('a')).toHaveLength(2);
  });
});
