import { apis, type ErrorName, errorCode, errorName, type RequestDraftOf, zeroUuid } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { topicConfigsOf } from '../core/controller/image.ts';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleCreateTopics } from './19-create-topics.ts';

type Topic = RequestDraftOf<typeof apis.createTopics>['topics'][number];

const topic = (name: string, more: Partial<Topic> = {}): Topic => ({
  ...{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
  ...more,
});

async function create(
  broker: HandlerBroker,
  topics: readonly Topic[],
  options: { validateOnly?: boolean; version?: number } = {},
) {
  const { validateOnly = false, version = 7 } = options;
  return (await broker.ask(apis.createTopics, handleCreateTopics, { version, body: { topics, validateOnly } })).topics;
}

const manual = (...partitions: (readonly [number, readonly number[]])[]): Partial<Topic> => ({
  ...{ numPartitions: -1, replicationFactor: -1 },
  assignments: partitions.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
});

describe('CreateTopics', () => {
  test('creates a topic and tells what it got', async () => {
    const broker = await startHandlerBroker();
    const configs = [{ name: 'retention.ms', value: '1000' }];
    const [created] = await create(broker, [topic('a', { numPartitions: 3, configs })]);
    const image = broker.controller.image().topicsByName.get('a');
    expect(created).toMatchObject({ errorCode: 0, errorMessage: null, numPartitions: 3, replicationFactor: 1 });
    expect(created?.topicId).toBe(image?.id);
    expect(created?.topicId).not.toBe(zeroUuid);
    expect(image?.partitions).toHaveLength(3);
    expect(topicConfigsOf(broker.controller.image(), 'a')).toEqual(new Map([['retention.ms', '1000']]));
    expect(created?.configs?.find(({ name }) => name === 'retention.ms')).toMatchObject({
      value: '1000',
      configSource: 1,
    });
    expect(created?.configs?.find(({ name }) => name === 'segment.bytes')).toMatchObject({ configSource: 5 });
  });

  test('-1 means the defaults of the broker', async () => {
    const broker = await startHandlerBroker({ 'num.partitions': 4 });
    const [created] = await create(broker, [topic('a', { numPartitions: -1, replicationFactor: -1 })]);
    expect(created).toMatchObject({ errorCode: 0, numPartitions: 4, replicationFactor: 1 });
  });

  test('versions before 5 are answered without configs', async () => {
    const [created] = await create(await startHandlerBroker(), [topic('a')], { version: 2 });
    expect(created).toMatchObject({ name: 'a', errorCode: 0 });
  });

  const cases: readonly (readonly [string, Topic, ErrorName])[] = [
    ...['', '.', '..', 'a/b', 'a\0', 'é', '../x', 'a b', 'x'.repeat(250)].map((name) => {
      return [`name ${JSON.stringify(name.slice(0, 9))}`, topic(name), 'INVALID_TOPIC_EXCEPTION'] as const;
    }),
    ['a name that collides', topic('with.dots'), 'INVALID_TOPIC_EXCEPTION'],
    ['a topic that exists', topic('with_dots'), 'TOPIC_ALREADY_EXISTS'],
    ['the metadata log', topic('__cluster_metadata'), 'INVALID_REQUEST'],
    ['0 partitions', topic('a', { numPartitions: 0 }), 'INVALID_PARTITIONS'],
    ['-2 partitions', topic('a', { numPartitions: -2 }), 'INVALID_PARTITIONS'],
    ['2147483647 partitions', topic('a', { numPartitions: 2 ** 31 - 1 }), 'POLICY_VIOLATION'],
    ['0 replicas', topic('a', { replicationFactor: 0 }), 'INVALID_REPLICATION_FACTOR'],
    ['-2 replicas', topic('a', { replicationFactor: -2 }), 'INVALID_REPLICATION_FACTOR'],
    ['more replicas than brokers', topic('a', { replicationFactor: 2 }), 'INVALID_REPLICATION_FACTOR'],
    ['assignments and a count', topic('a', { ...manual([0, [1]]), numPartitions: 1 }), 'INVALID_REQUEST'],
    ['assignments and a factor', topic('a', { ...manual([0, [1]]), replicationFactor: 1 }), 'INVALID_REQUEST'],
    ['assignments with a gap', topic('a', manual([0, [1]], [2, [1]])), 'INVALID_REPLICA_ASSIGNMENT'],
    ['assignments that begin below 0', topic('a', manual([-1, [1]], [0, [1]])), 'INVALID_REPLICA_ASSIGNMENT'],
    ['a partition assigned twice', topic('a', manual([0, [1]], [0, [1]])), 'INVALID_REPLICA_ASSIGNMENT'],
    ['a replica twice', topic('a', manual([0, [1, 1]])), 'INVALID_REPLICA_ASSIGNMENT'],
    ['an unknown broker', topic('a', manual([0, [9]])), 'INVALID_REPLICA_ASSIGNMENT'],
    ['no replicas', topic('a', manual([0, []])), 'INVALID_REPLICA_ASSIGNMENT'],
    ['a null config', topic('a', { configs: [{ name: 'retention.ms', value: null }] }), 'INVALID_CONFIG'],
    ['an unknown config', topic('a', { configs: [{ name: 'retention.mss', value: '1' }] }), 'INVALID_CONFIG'],
    ['a bad config', topic('a', { configs: [{ name: 'retention.ms', value: 'soon' }] }), 'INVALID_CONFIG'],
    ['tiered storage', topic('a', { configs: [{ name: 'remote.storage.enable', value: 'true' }] }), 'INVALID_CONFIG'],
  ];

  test.each(cases)('refuses %s', async (_, wanted, error) => {
    const broker = await startHandlerBroker();
    await broker.controller.ensureTopic('with_dots');
    const [result] = await create(broker, [wanted]);
    expect(errorName(result?.errorCode ?? 0)).toBe(error);
    expect(result?.errorMessage).toBeTruthy();
    expect(result).toMatchObject({ name: wanted.name, topicId: zeroUuid, numPartitions: -1, replicationFactor: -1 });
    expect([...broker.controller.image().topicsByName.keys()]).toEqual(['with_dots']);
  });

  test('takes assignments in any order', async () => {
    const [created] = await create(await startHandlerBroker(), [topic('a', manual([1, [1]], [0, [1]]))]);
    expect(created).toMatchObject({ errorCode: 0, numPartitions: 2, replicationFactor: 1 });
  });

  test('a name given twice is refused once, and the others are created', async () => {
    const broker = await startHandlerBroker();
    const results = await create(broker, [topic('a'), topic('b'), topic('a')]);
    expect(results.map(({ name, errorCode: code }) => [name, code])).toEqual([
      ['a', errorCode.INVALID_REQUEST],
      ['b', errorCode.NONE],
    ]);
    expect([...broker.controller.image().topicsByName.keys()]).toEqual(['b']);
  });

  test('two new names of one request do not collide either', async () => {
    const results = await create(await startHandlerBroker(), [topic('a.b'), topic('a_b')]);
    expect(results.map(({ errorCode: code }) => code)).toEqual([0, errorCode.INVALID_TOPIC_EXCEPTION]);
  });

  test('the topics of a request together stay below the limit of records', async () => {
    const results = await create(await startHandlerBroker(), [
      topic('a', { numPartitions: 6000 }),
      topic('b', { numPartitions: 6000 }),
    ]);
    expect(results.map(({ errorCode: code }) => code)).toEqual([0, errorCode.POLICY_VIOLATION]);
  });

  test('validateOnly answers the same and creates nothing', async () => {
    const broker = await startHandlerBroker();
    const results = await create(broker, [topic('a'), topic('b/c')], { validateOnly: true });
    expect(results.map(({ errorCode: code }) => code)).toEqual([0, errorCode.INVALID_TOPIC_EXCEPTION]);
    expect(broker.controller.image().topicsByName.size).toBe(0);
  });
});
