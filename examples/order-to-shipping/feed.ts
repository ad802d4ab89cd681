import type { Admin, Client } from '@nagare/client';
import { int64, string } from '@nagare/serdes';
import type { Catalog } from './catalog.ts';
import type { CsvRecord } from './csv.ts';
import { customerSerde, type Topics } from './topology.ts';

const chunkRecords = 1_000;
const partitions = 4;

/** Creates the topics of a run. */
export async function createTopics(admin: Admin, topics: Topics): Promise<void> {
  await admin.createTopics({
    topics: Object.values(topics).map((topic) => ({
      topic,
      numPartitions: topic === topics.revenue ? 1 : partitions,
      // Records bear the time of what they tell of, which may be years ago: brokers would delete them as expired.
      configEntries: { 'retention.ms': '-1' },
    })),
  });
}

/** Sends the catalogue: customers, and a delivery of each of the goods. */
export async function feedCatalog(client: Client, topics: Topics, { customers, stock }: Catalog): Promise<void> {
  await using producer = client.producer();
  // Time 0: the catalogue was there before any order.
  await producer.send({
    topic: topics.customers,
    messages: [...customers].map(([id, customer]) => ({
      key: string.serialize(topics.customers, id),
      value: customerSerde.serialize(topics.customers, customer),
      timestamp: 0,
    })),
  });
  await producer.send({
    topic: topics.stock,
    messages: [...stock].map(([sku, units]) => ({
      key: string.serialize(topics.stock, sku),
      value: int64.serialize(topics.stock, units),
      timestamp: 0,
    })),
  });
}

/** Sends the lines of orders as they came. */
export async function feedOrders(
  client: Client,
  topic: string,
  records: readonly CsvRecord[],
  { signal, onSent }: { readonly signal: AbortSignal; readonly onSent: (count: number) => void },
): Promise<void> {
  await using producer = client.producer({ lingerMs: 10, signal });
  for (let from = 0; from < records.length; from += chunkRecords) {
    const chunk = records.slice(from, from + chunkRecords);
    const messages = chunk.map(({ line, text }) => ({ key: String(line), value: text }));
    await producer.send({ topic, messages });
    onSent(from + messages.length);
  }
}
