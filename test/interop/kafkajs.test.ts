import { CompressionTypes, ConfigResourceTypes } from 'kafkajs';
import { beforeAll, describe, expect, test } from 'vitest';
import { brokerForFile } from './broker-for-file.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { registerKafkajsCodecs } from './kafkajs-codecs.ts';

const codecs = [
  ['none', CompressionTypes.None],
  ['gzip', CompressionTypes.GZIP],
  ['snappy', CompressionTypes.Snappy],
  ['lz4', CompressionTypes.LZ4],
  ['zstd', CompressionTypes.ZSTD],
] as const;

/** Kafka's brokers learn of a change a little after its answer. */
const soon = { timeout: 60_000, interval: 50 };

describe('kafkajs 2.2.4', () => {
  const broker = brokerForFile();
  const connect = () => kafkajsClient(broker().bootstrap);
  beforeAll(registerKafkajsCodecs);

  test.each(codecs)('produces and consumes with codec %s', async (name, compression) => {
    const topic = `kafkajs-${name}`;
    const messages = Array.from({ length: 500 }, (_, n) => ({
      key: `k${n}`,
      value: `value ${n} ${'y'.repeat(n % 100)}`,
      headers: { n: String(n) },
    }));
    await produce(topic, compression, messages);
    const read = await consume({ topic, groupId: `${topic}-group`, count: messages.length });
    expect(read.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(messages);
    expect(read.map(({ offset }) => offset)).toEqual(messages.map((_, n) => String(n)));
  });

  test('produces idempotently', async () => {
    const producer = connect().producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const results = [];
    for (let n = 0; n < 5; n++) {
      results.push(...(await producer.send({ topic: 'kafkajs-idempotent', messages: [{ value: String(n) }] })));
    }
    await producer.disconnect();
    expect(results.map(({ baseOffset }) => baseOffset)).toEqual(['0', '1', '2', '3', '4']);
  });

  test('a group goes on from its committed offsets', async () => {
    const topic = 'kafkajs-resumed';
    await produce(topic, CompressionTypes.None, [{ value: 'a' }, { value: 'b' }]);
    const first = await consume({ topic, groupId: 'kafkajs-resumed', count: 2 });
    await produce(topic, CompressionTypes.None, [{ value: 'c' }]);
    const second = await consume({ topic, groupId: 'kafkajs-resumed', count: 1 });
    expect([...first, ...second].map(({ value }) => value)).toEqual(['a', 'b', 'c']);
  });

  test('two members of a group share the partitions', async () => {
    const topic = 'kafkajs-shared';
    const admin = connect().admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
    const consumers = [0, 1].map(() => connect().consumer({ groupId: 'kafkajs-shared' }));
    const assigned = await Promise.all(
      consumers.map(async (consumer) => {
        await consumer.connect();
        await consumer.subscribe({ topic });
        const balanced = new Promise<readonly number[]>((resolve) => {
          consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
            const partitions = payload.memberAssignment[topic] ?? [];
            if (partitions.length === 2) resolve(partitions);
          });
        });
        await consumer.run({ eachMessage: async () => {} });
        return balanced;
      }),
    );
    expect(assigned.flat().sort()).toEqual([0, 1, 2, 3]);
    const { groups } = await admin.describeGroups(['kafkajs-shared']);
    expect(groups[0]).toMatchObject({ state: 'Stable', protocolType: 'consumer' });
    expect(groups[0]?.members).toHaveLength(2);
    await Promise.all(consumers.map((consumer) => consumer.disconnect()));
    await admin.deleteGroups(['kafkajs-shared']);
    await admin.disconnect();
  });

  test('the admin client creates, describes, alters and deletes topics', async () => {
    const admin = connect().admin();
    await admin.connect();
    const topic = 'kafkajs-admin';
    const configEntries = [{ name: 'retention.ms', value: '1000000' }];
    expect(
      await admin.createTopics({ topics: [{ topic, numPartitions: 3, configEntries }], waitForLeaders: true }),
    ).toBe(true);
    expect(await admin.createTopics({ topics: [{ topic }] })).toBe(false);
    await expect.poll(partitions, soon).toEqual([0, 1, 2]);

    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
    await expect.poll(partitions, soon).toHaveLength(5);

    await expect.poll(retention, soon).toBe('1000000');
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '2000000' }] }],
    });
    await expect.poll(retention, soon).toBe('2000000');

    await admin.deleteTopics({ topics: [topic] });
    await expect.poll(() => admin.listTopics(), soon).not.toContain(topic);
    await admin.disconnect();

    async function partitions(): Promise<number[] | undefined> {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.map(({ partitionId }) => partitionId).sort();
    }

    async function retention(): Promise<string | undefined> {
      const described = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      });
      return described.resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms')?.configValue;
    }
  });

  test('the admin client deletes records and sets group offsets', async () => {
    const topic = 'kafkajs-trimmed';
    await produce(
      topic,
      CompressionTypes.None,
      Array.from({ length: 10 }, (_, n) => ({ value: String(n) })),
    );
    const admin = connect().admin();
    await admin.connect();
    expect(await admin.fetchTopicOffsets(topic)).toEqual([{ partition: 0, offset: '10', high: '10', low: '0' }]);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
    expect(await admin.fetchTopicOffsets(topic)).toEqual([{ partition: 0, offset: '10', high: '10', low: '4' }]);
    await admin.setOffsets({ groupId: 'kafkajs-trimmed', topic, partitions: [{ partition: 0, offset: '7' }] });
    const [offsets] = await admin.fetchOffsets({ groupId: 'kafkajs-trimmed', topics: [topic] });
    expect(offsets?.partitions).toMatchObject([{ partition: 0, offset: '7' }]);
    await admin.disconnect();
    const read = await consume({ topic, groupId: 'kafkajs-trimmed', count: 3 });
    expect(read.map(({ value }) => value)).toEqual(['7', '8', '9']);
  });

  async function produce(
    topic: string,
    compression: CompressionTypes,
    messages: { key?: string; value: string; headers?: Record<string, string> }[],
  ): Promise<void> {
    const producer = connect().producer();
    await producer.connect();
    await producer.send({ topic, compression, acks: -1, messages });
    await producer.disconnect();
  }

  async function consume(from: { topic: string; groupId: string; count: number }): Promise<ReadMessage[]> {
    const consumer = connect().consumer({ groupId: from.groupId });
    await consumer.connect();
    await consumer.subscribe({ topic: from.topic, fromBeginning: true });
    const read: ReadMessage[] = [];
    await new Promise<void>((resolve, reject) => {
      // After a retriable error kafkajs reports a crash and starts the consumer again by itself.
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      const eachMessage: NonNullable<Parameters<typeof consumer.run>[0]>['eachMessage'] = async ({ message }) => {
        const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
        read.push({
          offset: message.offset,
          key: message.key?.toString(),
          value: message.value?.toString(),
          headers: Object.fromEntries(headers),
        });
        if (read.length === from.count) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await consumer.disconnect();
    return read;
  }
});

interface ReadMessage {
  readonly offset: string;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}
