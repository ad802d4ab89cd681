import { kafkajsClient } from './kafkajs-client.ts';

/** Reads what a topic holds from its beginning to its end as it stands now: values by partition and offset. */
export async function readTopic(bootstrap: string, topic: string): Promise<Map<number, Map<number, string>>> {
  const kafka = kafkajsClient(bootstrap);
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));
  await admin.disconnect();

  const values = new Map([...ends.keys()].map((partition) => [partition, new Map<number, string>()]));
  const unfinished = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition));
  if (unfinished.size === 0) return values;

  const consumer = kafka.consumer({ groupId: `reader-${process.pid}-${performance.now()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    const eachMessage = async (read: { partition: number; message: { offset: string; value: Buffer | null } }) => {
      const offset = Number(read.message.offset);
      values.get(read.partition)?.set(offset, String(read.message.value));
      if (offset >= (ends.get(read.partition) ?? 0) - 1) unfinished.delete(read.partition);
      if (unfinished.size === 0) resolve();
    };
    consumer.run({ autoCommit: false, eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return values;
}
