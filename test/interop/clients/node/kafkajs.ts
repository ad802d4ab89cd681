import kafkajs, { type Consumer, type Kafka, type Producer } from 'kafkajs';
import { registerKafkajsCodecs } from '../../kafkajs-codecs.ts';
import type { ReadRecord } from '../driver.ts';
import { serve } from './serve.ts';

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const kafka: Kafka = new kafkajs.Kafka({
  brokers: [process.argv[2] as string],
  logLevel: kafkajs.logLevel.ERROR,
  logCreator: () => (entry) => console.error(entry.label, entry.log),
});
await registerKafkajsCodecs();

async function withAdmin(act: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await act(admin).finally(() => admin.disconnect());
}

/** Reads `count` records and no more; `more` is called with each. */
async function read(consumer: Consumer, topic: string, count: number): Promise<ReadRecord[]> {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const records: ReadRecord[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    const eachMessage = async (each: { partition: number; message: { offset: string; value: Buffer | null } }) => {
      if (records.length >= count) return;
      records.push({
        partition: each.partition,
        offset: Number(each.message.offset),
        value: String(each.message.value),
      });
      if (records.length === count) resolve();
    };
    consumer.run({ autoCommit: false, eachMessage }).catch(reject);
  });
  return records;
}

async function transactional(id: string): Promise<Producer> {
  const producer = kafka.producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return producer;
}

await serve({
  createTopic: ({ topic, partitions }) =>
    withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })),
  addPartitions: ({ topic, partitions }) =>
    withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })),
  deleteTopic: ({ topic }) => withAdmin((admin) => admin.deleteTopics({ topics: [topic] })),

  async produce({ topic, partition, codec, values, timestamp }) {
    const producer = kafka.producer();
    await producer.connect();
    const messages = values.map((value, n) => ({ partition, value, timestamp: String(timestamp + n) }));
    await producer.send({ topic, acks: -1, compression: codecs.indexOf(codec), messages });
    await producer.disconnect();
  },

  async consume({ topic, group, count }) {
    const consumer = kafka.consumer({ groupId: group, sessionTimeout: 6000, heartbeatInterval: 1000 });
    const records = await read(consumer, topic, count);
    const ends = new Map(records.map(({ partition, offset }) => [partition, offset + 1]));
    await consumer.commitOffsets(
      [...ends].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    );
    return { records };
  },

  async readCommitted({ topic, count }) {
    const consumer = kafka.consumer({ groupId: `${topic}-${performance.now()}` }); // Reads committed records by default.
    const records = await read(consumer, topic, count);
    await consumer.disconnect();
    return { records };
  },

  async offsetForTime({ topic, partition, timestamp }) {
    let offset = -1;
    await withAdmin(async (admin) => {
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, timestamp);
      offset = Number(found.find((each) => each.partition === partition)?.offset ?? -1);
    });
    return { offset };
  },

  async transaction({ topic, id, values, commit }) {
    const producer = await transactional(id);
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: values.map((value) => ({ partition: 0, value })) });
    await (commit ? transaction.commit() : transaction.abort());
    await producer.disconnect();
  },

  async fence({ topic, id }) {
    const first = await transactional(id);
    const transaction = await first.transaction();
    await transaction.send({ topic, messages: [{ partition: 0, value: 'of the fenced' }] });
    const second = await transactional(id);
    await (await second.transaction()).abort();
    const error = await transaction.commit().then(
      () => 'none',
      (error: { type?: string; message: string }) => error.type ?? error.message,
    );
    return { error };
  },
});
