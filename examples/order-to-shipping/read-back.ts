import type { Client, FetchedPartition } from '@nagare/client';

/** Calls `each` for every record that a topic holds at the moment of the call, partition by partition in order. */
export async function readBack(
  client: Client,
  topic: string,
  each: (record: { readonly key: Buffer | null; readonly value: Buffer | null }) => void,
): Promise<void> {
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

function readPartition(
  fetched: FetchedPartition,
  open: Map<number, number>,
  each: (record: { readonly key: Buffer | null; readonly value: Buffer | null }) => void,
): void {
  const end = open.get(fetched.partition);
  if (end === undefined) return;
  const records = fetched.records();
  while (records.next()) if (records.offset < end) each({ key: records.key, value: records.value });
  if (fetched.nextOffset >= end) open.delete(fetched.partition);
}

/** How many records topics hold together. */
export async function countRecords(client: Client, topics: readonly string[]): Promise<number> {
  await using admin = client.admin();
  const described = await admin.describeTopics({ topics });
  const partitions = described.flatMap((topic) =>
    topic.partitions.map(({ partition }) => ({ topic: topic.topic, partition })),
  );
  const at = (spec: 'earliest' | 'latest') =>
    admin.listOffsets({ partitions: partitions.map((one) => ({ ...one, at: spec })) });
  const total = (offsets: readonly { readonly offset: number }[]) =>
    offsets.reduce((sum, { offset }) => sum + offset, 0);
  const [starts, ends] = await Promise.all([at('earliest'), at('latest')]);
  return total(ends) - total(starts);
}
