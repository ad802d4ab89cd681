import type { FetchedPartition, TopicPartition } from '@nagare/client';
import type { TaskStore } from '../core/task.ts';
import type { RawRecord } from '../record.ts';
import type { Entry } from '../state/byte-store.ts';
import { fromChangelog } from '../state/changelog.ts';
import type { StreamsAdmin, StreamsConsumer } from './streams-client.ts';

const pollTimeoutMs = 100;

/** A store that lacks the end of its changelog. */
interface Restore extends TopicPartition {
  readonly store: TaskStore;
  readonly end: number;
}

export interface RestorerOptions {
  readonly admin: StreamsAdmin;
  /** Makes a consumer without a group. */
  readonly openConsumer: () => StreamsConsumer;
  readonly isolationLevel: 'read_uncommitted' | 'read_committed';
  readonly signal: AbortSignal;
  /** Opens an empty store in place of one that cannot be trusted. */
  readonly reopen: (store: TaskStore, partition: number) => Promise<TaskStore>;
}

/**
 * Brings the stores of a task to the end of their changelogs.
 *
 * A store goes on from its own position. One whose position the changelog does not have (it lies beyond the end, or before
 * the first record) is thrown away and restored from the start.
 *
 * @returns The stores, some of them opened anew.
 */
export async function restoreStores(
  stores: readonly TaskStore[],
  partition: number,
  options: RestorerOptions,
): Promise<TaskStore[]> {
  const ready: TaskStore[] = [];
  const restores: Restore[] = [];
  for (const opened of stores) {
    const { store, restore } = await planRestore(opened, partition, options);
    ready.push(store);
    if (restore !== undefined) restores.push(restore);
  }
  if (restores.length > 0) await readChangelogs(restores, options);
  return ready;
}

async function planRestore(opened: TaskStore, partition: number, options: RestorerOptions) {
  if (!opened.spec.logged) return { store: opened, restore: undefined };
  const at = { topic: opened.changelogTopic, partition };
  const { admin, isolationLevel } = options;
  const [first, last] = await admin.listOffsets({
    partitions: [
      { ...at, at: 'earliest' },
      { ...at, at: 'latest' },
    ],
    isolationLevel,
  });
  const start = first?.offset ?? 0;
  const end = last?.offset ?? 0;
  const { position } = opened.buffer.store;
  const isTrusted = position === undefined || (position <= end && position >= start);
  const store = isTrusted ? opened : await options.reopen(opened, partition);
  const from = store.buffer.store.position ?? start;
  if (from < end) return { store, restore: { store, ...at, end, from } };
  if (store.buffer.store.position === undefined) await store.buffer.store.write({ entries: [], position: end });
  return { store, restore: undefined };
}

async function readChangelogs(restores: readonly (Restore & { readonly from?: number })[], options: RestorerOptions) {
  const consumer = options.openConsumer();
  try {
    consumer.assign(restores.map(({ topic, partition }) => ({ topic, partition })));
    for (const { topic, partition, from = 0 } of restores) consumer.seek({ topic, partition, offset: from });
    const open = new Set(restores);
    while (open.size > 0) {
      const fetched = await consumer.poll({ timeoutMs: pollTimeoutMs, signal: options.signal });
      for (const each of fetched) {
        const restore = restores.find(({ topic, partition }) => topic === each.topic && partition === each.partition);
        if (restore !== undefined) await apply(restore, each);
      }
      for (const restore of open) if ((consumer.position(restore) ?? 0) >= restore.end) open.delete(restore);
    }
  } finally {
    await consumer.close();
  }
}

async function apply({ store }: Restore, fetched: FetchedPartition): Promise<void> {
  const entries: Entry[] = [];
  for (const record of rawRecords(fetched)) {
    const entry = fromChangelog(store.spec, record);
    if (entry !== undefined) entries.push(entry);
  }
  await store.buffer.store.write({ entries, position: fetched.nextOffset });
}

/** The records of a fetch, as objects of their own. */
export function rawRecords(fetched: FetchedPartition): RawRecord[] {
  const records: RawRecord[] = [];
  const cursor = fetched.records();
  while (cursor.next()) {
    const { key, value, timestamp, offset, headers } = cursor;
    records.push({ key, value, timestamp, offset, headers });
  }
  return records;
}
