import {
  Admin,
  Consumer,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import { brokerForFile } from './broker-for-file.ts';

/** Without zstd, which the client takes from newer versions of Node. */
const codecs = ['none', 'gzip', 'snappy', 'lz4'] as const;

describe('@platformatic/kafka 1.35', () => {
  const broker = brokerForFile();
  const base = () => ({ clientId: 'interop', bootstrapBrokers: [broker().bootstrap] });

  test.each(codecs)('produces and consumes with codec %s', async (compression) => {
    const topic = `platformatic-${compression}`;
    const sent = Array.from({ length: 500 }, (_, n) => ({ key: `k${n}`, value: `value ${n} ${'w'.repeat(n % 90)}` }));
    await produce(topic, compression, sent);
    expect(await consume(topic, `${topic}-group`, sent.length)).toEqual(sent);
  });

  test('a group goes on from its committed offsets', async () => {
    const topic = 'platformatic-resumed';
    await produce(topic, 'none', [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
    const first = await consume(topic, topic, 2);
    await produce(topic, 'none', [{ key: 'c', value: '3' }]);
    const second = await consume(topic, topic, 1);
    expect([...first, ...second].map(({ value }) => value)).toEqual(['1', '2', '3']);
  });

  test('the admin client creates, lists and deletes topics', async () => {
    const admin = new Admin(base());
    await admin.createTopics({ topics: ['platformatic-admin'], partitions: 2, replicas: 1 });
    expect(await admin.listTopics()).toContain('platformatic-admin');
    await admin.deleteTopics({ topics: ['platformatic-admin'] });
    // Kafka's brokers learn of a deletion a little after its answer.
    await expect.poll(() => admin.listTopics()).not.toContain('platformatic-admin');
    await admin.close();
  });

  interface Pair {
    readonly key: string;
    readonly value: string;
  }

  async function produce(topic: string, compression: (typeof codecs)[number], pairs: readonly Pair[]): Promise<void> {
    const producer = new Producer({
      ...base(),
      acks: ProduceAcks.ALL,
      serializers: stringSerializers,
      autocreateTopics: true,
    });
    await producer.send({ compression, messages: pairs.map((pair) => ({ topic, ...pair })) });
    await producer.close();
  }

  async function consume(topic: string, groupId: string, count: number): Promise<Pair[]> {
    const consumer = new Consumer({ ...base(), groupId, deserializers: stringDeserializers });
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.COMMITTED,
      fallbackMode: 'earliest',
      autocommit: false,
      maxWaitTime: 100,
    });
    const read: Pair[] = [];
    for await (const message of stream) {
      read.push({ key: String(message.key), value: String(message.value) });
      if (read.length < count) continue;
      await message.commit();
      break;
    }
    await consumer.close(true);
    return read;
  }
});
