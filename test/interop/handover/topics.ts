import type { Admin, Client } from '@nagare/client';
import { waitFor } from '../../tools/wait.ts';

/** A committed record; keys and values are in hexadecimal. */
export interface Committed {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

/** What a topic has for readers of committed records, once no transaction is open in it. */
export async function readCommitted(client: Client, topic: string): Promise<Committed[]> {
  await using admin = client.admin();
  const ends = await waitFor(() => decidedEnds(admin, topic), {
    what: `every decision in ${topic}`,
    timeoutMs: 120_000,
  });
  await using consumer = client.consumer({ isolationLevel: 'read_committed', autoOffsetReset: 'earliest' });
  consumer.assign(ends);
  const all: Committed[] = [];
  while (ends.some((end) => (consumer.position(end) ?? 0) < end.offset)) {
    for (const fetched of await consumer.poll({ timeoutMs: 200 })) {
      const { partition } = fetched;
      for (let cursor = fetched.records(); cursor.next(); ) {
        const { offset, timestamp } = cursor;
        const [key, value] = [cursor.key, cursor.value].map((bytes) => bytes?.toString('hex') ?? null);
        all.push({ partition, offset, key: key ?? '', value: value ?? null, timestamp });
      }
    }
  }
  return all;
}

async function decidedEnds(admin: Admin, topic: string) {
  const [description] = await admin.describeTopics({ topics: [topic] });
  const partitions = (description?.partitions ?? []).map(({ partition }) => ({
    topic,
    partition,
    at: 'latest' as const,
  }));
  const stable = await admin.listOffsets({ partitions, isolationLevel: 'read_committed' });
  const all = await admin.listOffsets({ partitions, isolationLevel: 'read_uncommitted' });
  const offsetOf = (partition: number) => all.find((each) => each.partition === partition)?.offset;
  return stable.every(({ partition, offset }) => offsetOf(partition) === offset) ? stable : undefined;
}

/** Waits until a group has committed that it has read every record that a topic has now. */
export async function untilRead(client: Client, groupId: string, topic: string): Promise<void> {
  const last = new Map((await readCommitted(client, topic)).map(({ partition, offset }) => [partition, offset]));
  await using admin = client.admin();
  await waitFor(
    async () => {
      const committed = await admin.fetchOffsets({ groupId });
      const isRead = ([partition, offset]: readonly [number, number]) =>
        committed.some((each) => each.topic === topic && each.partition === partition && each.offset > offset);
      return [...last].every(isRead) ? true : undefined;
    },
    { what: `${groupId} to read ${topic}`, timeoutMs: 300_000, everyMs: 100 },
  );
}
