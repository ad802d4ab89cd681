import { Kafka, logLevel } from 'kafkajs';

/** Makes a topic, lets `use` work with it, and deletes it. */
export async function withTopic<T>(
  bootstrap: string,
  topic: string,
  use: () => Promise<T>,
  numPartitions = 1,
): Promise<T> {
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR }).admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
    const result = await use();
    await admin.deleteTopics({ topics: [topic] });
    return result;
  } finally {
    await admin.disconnect();
  }
}
