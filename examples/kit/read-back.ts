import type { Client, FetchedPartition } from '@nagare/client';

export type EachRecord = (record: { readonly key: Buffer | null; readonly value: Buffer | null }) => void;

/** Goes over the records of a topic. */
export type ReadBack = (topic: string, each: EachRecord) => Promise<void>;

/** Calls `each` for every record that a topic holds at the moment of the call, partition by partition in order. */
export async function readBack(client: Client, topic: string, each: EachRecord): Promise<void> {
  await using admin = client.admin();
  const [description] = await admin.describeTopics({ topics: [topic] });
  const partitions = (description?.partitions ?? []).map(({ partition }) => ({ topic, partition }));
  const ends = await admin.listOffsets({ partitions: partitions.map((one) => ({ ...one, at: 'latest' as const })) });
  const open = new Map(ends.filter(({ offset }) => offset > 0).map(({ partition, offset }) => [partition, offset]));
  if (open.size === 0) return;
  await using consumer = client.consumer({ autoOffsetReset: 'earliest' });
  consumer.assign([...open.keys()].map((partition) => ({ topic, partition })));
  while (open.size > 0) {
    for (const fetched of await consumer.poll({ timeoutMs: 1_000 })) readPartition(fetched, open, each);
  }
}

function readPartition(fetched: FetchedPartition, open: Map<number, number>, each: EachRecord): void {
  const end = open.get(fetched.partition);
  if (end === undefined) return;
  const records = fetched.records();
  while (records.next()) if (records.offset < end) each({ key: records.key, value: records.value });
  if (fetched.nextOffset >= end) open.delete(fetched.partition);
}
