import { createHash } from 'node:crypto';
import { createClient } from '@nagare/client';
import { expect, test } from 'vitest';
import { brokerForFile } from './broker-for-file.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { readTopic } from './read-topic.ts';

const broker = brokerForFile();

/** Text that no codec makes much shorter. */
function noise(bytes: number): string {
  let text = '';
  for (let n = 0; text.length < bytes; n += 1) text += createHash('sha256').update(`${n}`).digest('base64');
  return text;
}

test.each(['none', 'gzip'] as const)(
  'our producer sends batches above max.message.bytes in pieces, with codec %s (KIP-126)',
  async (compression) => {
    const { bootstrap } = broker();
    const topic = `large-${compression}`;
    const admin = kafkajsClient(bootstrap).admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: '2000' }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true });
    await admin.disconnect();

    const client = createClient({ brokers: bootstrap });
    await using producer = client.producer({ compression, lingerMs: 20 });
    const values = Array.from({ length: 500 }, (_, n) => `${n} ${noise(n % 300)}`);
    const told = await producer.send({ topic, messages: values.map((value) => ({ value })) });
    expect(told.length).toBeGreaterThan(1);
    expect(told.flatMap(({ baseOffset, count }) => Array.from({ length: count }, (_, n) => baseOffset + n))).toEqual(
      values.map((_, n) => n),
    );
    await expect(producer.send({ topic, messages: [{ value: noise(5_000) }] })).rejects.toMatchObject({
      kafka: 'MESSAGE_TOO_LARGE',
    });
    const read = await readTopic(bootstrap, topic);
    expect([...(read.get(0)?.values() ?? [])]).toEqual(values);
  },
);
