import { codecOf, Reader, storedRecords } from '@nagare/protocol';
import type { World } from '../world/world.ts';

const topic = '__consumer_offsets';

/** The committed offsets that the records of `__consumer_offsets` add up to, as `group topic-partition`. */
export async function committedByLog(world: World): Promise<Map<string, number>> {
  const client = world.helper();
  const offsets = new Map<string, number>();
  await using admin = client.admin({ requestTimeoutMs: 2_000 });
  const [description] = await admin.describeTopics({ topics: [topic] });
  const partitions = (description?.partitions ?? []).map(({ partition }) => ({ topic, partition }));
  const ends = await admin.listOffsets({
    partitions: partitions.map((partition) => ({ ...partition, at: 'latest' as const })),
    isolationLevel: 'read_committed',
  });
  await using consumer = client.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
  consumer.assign(partitions);
  while (!ends.every((end) => end.offset === 0 || (consumer.position(end) ?? 0) >= end.offset)) {
    for (const chunk of await consumer.poll({ timeoutMs: 500 })) {
      const records = chunk.records();
      while (records.next()) if (records.key !== null) apply(offsets, records.key, records.value);
    }
  }
  return offsets;
}

/** Kinds 0 and 1 are commits; the other kinds tell of groups and their members. */
function apply(offsets: Map<string, number>, key: Buffer, value: Buffer | null): void {
  const version = key.readInt16BE(0);
  if (version > 1) return;
  const {
    group,
    topic: name,
    partition,
  } = codecOf(storedRecords.offsetCommitKey, 0).read(new Reader(key.subarray(2))) as {
    group: string;
    topic: string;
    partition: number;
  };
  const place = `${group} ${name}-${partition}`;
  if (value === null) {
    offsets.delete(place);
    return;
  }
  const stored = codecOf(storedRecords.offsetCommitValue, value.readInt16BE(0)).read(new Reader(value.subarray(2)));
  offsets.set(place, (stored as { offset: number }).offset);
}
