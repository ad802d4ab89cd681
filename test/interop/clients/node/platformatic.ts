import {
  Admin,
  Consumer,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import type { ReadRecord } from '../driver.ts';
import { serve } from './serve.ts';

const base = { clientId: 'interop', bootstrapBrokers: [process.argv[2] as string] };
const readCommitted = 1;

async function withAdmin<T>(act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(base);
  return act(admin).finally(() => admin.close());
}

async function read(ask: { topic: string; group: string; count: number; protocol?: 'classic' | 'consumer' }) {
  const protocol = ask.protocol === 'consumer' ? ({ groupProtocol: 'consumer' } as const) : classic;
  const consumer = new Consumer({ ...base, groupId: ask.group, deserializers: stringDeserializers, ...protocol });
  const stream = await consumer.consume({
    topics: [ask.topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: 'earliest',
    isolationLevel: readCommitted,
    autocommit: false,
    maxWaitTime: 100,
  });
  const records: ReadRecord[] = [];
  // The stream is left open: ending the loop would end it, and with it the membership.
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject);
    stream.on('data', (message) => {
      if (records.length >= ask.count) return;
      records.push({ partition: message.partition, offset: Number(message.offset), value: String(message.value) });
      if (records.length === ask.count) resolve();
    });
  });
  return { consumer, records };
}

const classic = { sessionTimeout: 6000, heartbeatInterval: 1000 };

await serve({
  createTopic: ({ topic, partitions }) =>
    withAdmin(async (admin) => void (await admin.createTopics({ topics: [topic], partitions, replicas: 1 }))),
  addPartitions: ({ topic, partitions }) =>
    withAdmin((admin) =>
      admin.createPartitions({ topics: [{ name: topic, count: partitions, assignments: null as never }] }),
    ),
  deleteTopic: ({ topic }) => withAdmin((admin) => admin.deleteTopics({ topics: [topic] })),

  async produce({ topic, partition, codec, values, timestamp }) {
    const producer = new Producer({
      ...base,
      acks: ProduceAcks.ALL,
      autocreateTopics: true,
      serializers: stringSerializers,
    });
    const messages = values.map((value, n) => ({ topic, partition, value, timestamp: BigInt(timestamp + n) }));
    await producer.send({ compression: codec as 'none', messages });
    await producer.close();
  },

  async consume({ topic, group, count, protocol }) {
    const { consumer, records } = await read({ topic, group, count, protocol });
    const ends = new Map(records.map(({ partition, offset }) => [partition, offset + 1]));
    const offsets = [...ends].map(([partition, end]) => ({ topic, partition, offset: BigInt(end), leaderEpoch: -1 }));
    await consumer.commit({ offsets });
    return { records };
  },

  async readCommitted({ topic, count }) {
    const { consumer, records } = await read({ topic, group: `${topic}-${performance.now()}`, count });
    await consumer.close(true);
    return { records };
  },

  offsetForTime: ({ topic, partition, timestamp }) =>
    withAdmin(async (admin) => {
      const asked = [{ partitionIndex: partition, timestamp: BigInt(timestamp) }];
      const [found] = await admin.listOffsets({ topics: [{ name: topic, partitions: asked }] });
      return { offset: Number(found?.partitions[0]?.offset ?? -1) };
    }),
});
