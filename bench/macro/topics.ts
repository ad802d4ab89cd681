import { waitFor } from '@nagare/tests/tools/wait';
import { Kafka, logLevel } from 'kafkajs';

export interface TopicOptions {
  /** Default: 1. */
  readonly partitions?: number;
  /** Settings of the topic, by Kafka's names. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What one run has written is gone when the next one begins: none pays for writing back the pages of another. */
const goneAtOnce = { 'file.delete.delay.ms': '0' };

/** Makes a topic, lets `use` work with it, and deletes it. */
export async function withTopic<T>(
  bootstrap: string,
  topic: string,
  use: () => Promise<T>,
  { partitions = 1, settings = {} }: TopicOptions = {},
): Promise<T> {
  const configEntries = Object.entries({ ...goneAtOnce, ...settings }).map(([name, value]) => ({ name, value }));
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, configEntries }],
      waitForLeaders: false,
    });
    // Apache Kafka knows a new topic a while after it has said that it is there, and leads it a while after that.
    await waitFor(() => admin.fetchTopicOffsets(topic), { what: `the topic ${topic}` });
    const result = await use();
    await admin.deleteTopics({ topics: [topic] });
    return result;
  } finally {
    await admin.disconnect();
  }
}
