import type { Client, FetchedPartition } from '@nagare/client';
import type { Serde } from '@nagare/serdes';

/** A record as it lies in its topic. */
export interface StoredRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

export type EachRecord = (record: StoredRecord) => void;

/** Goes over the records of a topic. */
export type ReadBack = (topic: string, each: EachRecord) => Promise<void>;

/**
 * Calls `each` for every record that a topic holds at the moment of the call, partition by partition in order. Records of
 * transactions that were not committed are passed over.
 */
export async function readBack(client: Client, topic: string, each: EachRecord): Promise<void> {
  await using admin = client.admin();
  const [description] = await admin.describeTopics({ topics: [topic] });
  const partitions = (description?.partitions ?? []).map(({ partition }) => ({ topic, partition }));
  const ends = await admin.listOffsets({ partitions: partitions.map((one) => ({ ...one, at: 'latest' as const })) });
  const open = new Map(ends.filter(({ offset }) => offset > 0).map(({ partition, offset }) => [partition, offset]));
  if (open.size === 0) return;
  await using consumer = client.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
  consumer.assign([...open.keys()].map((partition) => ({ topic, partition })));
  while (open.size > 0) {
    for (const fetched of await consumer.poll({ timeoutMs: 1_000 })) readPartition(fetched, open, each);
  }
}

/** The last value of each key of a topic; a null value takes its key out. */
export async function readTable<K, V>(
  client: Client,
  topic: string,
  serdes: { readonly key: Serde<K>; readonly value: Serde<V> },
): Promise<{ readonly key: K; readonly value: V }[]> {
  const rows = new Map<string, { readonly key: K; readonly value: V }>();
  await readBack(client, topic, (record) => {
    const id = String(record.key?.toString('base64'));
    const key = serdes.key.deserialize(topic, record.key);
    const value = serdes.value.deserialize(topic, record.value);
    if (key === null || value === null) rows.delete(id);
    else rows.set(id, { key, value });
  });
  return [...rows.values()];
}

function readPartition(fetched: FetchedPartition, open: Map<number, number>, each: EachRecord): void {
  const end = open.get(fetched.partition);
  if (end === undefined) return;
  const records = fetched.records();
  while (records.next())
    if (records.offset < end) each({ key: records.key, value: records.value, timestamp: records.timestamp });
  if (fetched.nextOffset >= end) open.delete(fetched.partition);
}
