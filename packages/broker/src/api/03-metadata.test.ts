import { apis, errorCode, zeroUuid } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleMetadata } from './03-metadata.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));

function metadata(
  broker: HandlerBroker,
  version: number,
  body: Parameters<typeof broker.ask<typeof apis.metadata>>[2]['body'],
) {
  return broker.ask(apis.metadata, handleMetadata, { version, body });
}

async function brokerWith(...names: string[]): Promise<HandlerBroker> {
  const broker = await startHandlerBroker();
  await broker.controller.ensureTopics(names);
  return broker;
}

describe('Metadata', () => {
  test('tells the broker under the address that the client connected to, the controller and the cluster', async () => {
    const answer = await metadata(await startHandlerBroker({ 'node.id': 7, 'broker.rack': 'a' }), 8, { topics: [] });
    expect(answer.brokers).toEqual([{ nodeId: 7, host: 'broker.example', port: 19_092, rack: 'a' }]);
    expect(answer).toMatchObject({ controllerId: 7, clusterId: 'cluster-of-one', topics: [] });
  });

  test('version 0 with an empty list asks for all topics, later versions for none', async () => {
    const broker = await brokerWith('a', 'b');
    expect((await metadata(broker, 0, { topics: [] })).topics.map(({ name }) => name)).toEqual(['a', 'b']);
    expect((await metadata(broker, 1, { topics: [] })).topics).toEqual([]);
    expect((await metadata(broker, 1, { topics: null })).topics.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test.each([0, 3, 4, 9, 12, 13])('version %i creates a missing topic and answers it at once', async (version) => {
    const broker = await startHandlerBroker({ 'num.partitions': 2 });
    const { topics } = await metadata(broker, version, { topics: named('new') });
    expect(topics).toHaveLength(1);
    expect(topics[0]).toMatchObject({ errorCode: 0, name: 'new' });
    expect(topics[0]?.partitions).toMatchObject([
      { errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] },
      { errorCode: 0, partitionIndex: 1, leaderId: 1 },
    ]);
    expect(topics[0]?.topicId === zeroUuid).toBe(version < 10);
  });

  test('creates nothing when the client or the broker forbids it', async () => {
    const careful = await startHandlerBroker();
    const request = { topics: named('new'), allowAutoTopicCreation: false };
    expect((await metadata(careful, 4, request)).topics[0]?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const closed = await startHandlerBroker({ 'auto.create.topics.enable': false });
    const answer = await metadata(closed, 12, { topics: named('new') });
    expect(answer.topics[0]).toMatchObject({ errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION, name: 'new' });
    expect(closed.controller.image().topicsByName.size).toBe(0);
  });

  test.each(['', '.', '..', 'a/b', 'a\0', 'é', '../x', 'a b', 'a'.repeat(250)])(
    'an illegal name %j is told as such and not created',
    async (name) => {
      const broker = await startHandlerBroker();
      const { topics } = await metadata(broker, 9, { topics: named(name) });
      expect(topics[0]).toMatchObject({ errorCode: errorCode.INVALID_TOPIC_EXCEPTION, name });
      expect(broker.controller.image().topicsByName.size).toBe(0);
    },
  );

  test('a name that collides with another topic is not created', async () => {
    const broker = await brokerWith('a_b');
    const { topics } = await metadata(broker, 9, { topics: named('a.b') });
    expect(topics[0]?.errorCode).toBe(errorCode.INVALID_TOPIC_EXCEPTION);
  });

  test('a default that the cluster cannot meet is the answer', async () => {
    const broker = await startHandlerBroker({ 'default.replication.factor': 3 });
    const { topics } = await metadata(broker, 9, { topics: named('new') });
    expect(topics[0]?.errorCode).toBe(errorCode.INVALID_REPLICATION_FACTOR);
  });

  test('a topic is told by its id, and an unknown id as such', async () => {
    const broker = await brokerWith('a');
    const id = broker.controller.image().topicsByName.get('a')?.id as string;
    const unknown = 'AAAAAAAAAAAAAAAAAAAAAQ';
    const { topics } = await metadata(broker, 12, {
      topics: [
        { topicId: id, name: null },
        { topicId: unknown, name: null },
      ],
    });
    expect(topics).toMatchObject([
      { errorCode: 0, name: 'a', topicId: id },
      { errorCode: errorCode.UNKNOWN_TOPIC_ID, name: null, topicId: unknown, partitions: [] },
    ]);
  });

  test('versions 10 and 11 must not ask by id', async () => {
    const broker = await brokerWith('a');
    const topicId = broker.controller.image().topicsByName.get('a')?.id as string;
    const { topics } = await metadata(broker, 11, { topics: [{ topicId, name: null }] });
    expect(topics).toMatchObject([{ errorCode: errorCode.INVALID_REQUEST, name: '' }]);
  });

  test('internal topics are created as the broker needs them and marked', async () => {
    const broker = await startHandlerBroker({ 'offsets.topic.num.partitions': 5 });
    const { topics } = await metadata(broker, 9, { topics: named('__consumer_offsets') });
    expect(topics[0]).toMatchObject({ errorCode: 0, isInternal: true });
    expect(topics[0]?.partitions).toHaveLength(5);
  });

  test('the log of the metadata is no topic', async () => {
    const { topics } = await metadata(await startHandlerBroker(), 9, { topics: named('__cluster_metadata') });
    expect(topics[0]?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('a name asked for twice is answered once', async () => {
    const { topics } = await metadata(await startHandlerBroker(), 9, { topics: named('a', 'a') });
    expect(topics).toHaveLength(1);
  });

  test('authorized operations are told to those who ask', async () => {
    const broker = await brokerWith('a');
    const asked = await metadata(broker, 8, {
      ...{ topics: named('a'), includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true },
    });
    expect(asked.clusterAuthorizedOperations).toBe(8096);
    expect(asked.topics[0]?.topicAuthorizedOperations).toBe(3576);
    expect((await metadata(broker, 8, { topics: named('a') })).clusterAuthorizedOperations).toBe(-(2 ** 31));
  });
});
