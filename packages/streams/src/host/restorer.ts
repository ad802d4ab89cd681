import type { FetchedPartition, TopicPartition } from '@nagare/client';
import type { TaskStore } from '../core/task.ts';
import type { RawRecord } from '../record.ts';
import { latestTimeMs, restoredFrom } from '../state/changelog.ts';
import type { StreamsAdmin, StreamsConsumer } from './streams-client.ts';

const pollTimeoutMs = 100;

/** A store that lacks the end of its changelog. */
interface Restore extends TopicPartition {
  readonly store: TaskStore;
  readonly from: number;
  readonly end: number;
}

export interface RestorerOptions extends CheckOptions {
  /** Makes a consumer without a group. */
  readonly openConsumer: () => StreamsConsumer;
  readonly signal: AbortSignal;
}

export interface CheckOptions {
  readonly admin: StreamsAdmin;
  /** Opens an empty store in place of one that cannot be trusted. */
  readonly reopen: (store: TaskStore) => Promise<TaskStore>;
}

/** From the first offset of a changelog to the one behind its last. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/**
 * Brings the stores of a task to the end of their changelogs.
 *
 * The end is that of all records: what a transaction has written that is still ending is waited for, for it may be
 * committed. A store goes on from its own position.
 *
 * @param stores - The open stores of the task; one that was thrown away is replaced in place.
 * @returns How many records they lacked.
 */
export async function restoreStores(stores: TaskStore[], partition: number, options: RestorerOptions): Promise<number> {
  const boundsOf = await checkPositions(stores, partition, options);
  const restores: Restore[] = [];
  for (const store of stores) {
    const { changelogTopic: topic, buffer } = store;
    const { start = 0, end = 0 } = boundsOf.get(topic) ?? {};
    const from = buffer.store.position ?? start;
    if (from < end) restores.push({ store, topic, partition, from, end });
  }
  if (restores.length > 0) await readChangelogs(restores, options);
  return restores.reduce((sum, { from, end }) => sum + end - from, 0);
}

/**
 * Looks whether changelogs have the positions of stores, and gives the bounds of the changelogs.
 *
 * A store whose position its changelog does not have (it lies beyond the end, or before the first record) is thrown away and
 * begins anew, at the start of the changelog.
 *
 * @param stores - One that was thrown away is replaced in place.
 */
export async function checkPositions(
  stores: TaskStore[],
  partition: number,
  options: CheckOptions,
): Promise<ReadonlyMap<string, Bounds>> {
  const logged = stores.filter(({ spec }) => spec.logged);
  if (logged.length === 0) return new Map();
  const boundsOf = await changelogBounds(logged, partition, options);
  for (const [index, opened] of stores.entries()) {
    const bounds = boundsOf.get(opened.changelogTopic);
    if (bounds === undefined) continue;
    if (!isTrusted(opened, bounds)) stores[index] = await options.reopen(opened);
    const { store } = (stores[index] as TaskStore).buffer;
    if (store.position === undefined) await store.write({ entries: [], position: bounds.start });
  }
  return boundsOf;
}

async function changelogBounds(
  stores: readonly TaskStore[],
  partition: number,
  { admin }: CheckOptions,
): Promise<Map<string, Bounds>> {
  const topics = stores.map(({ changelogTopic }) => changelogTopic);
  const offsetsAt = async (at: 'earliest' | 'latest') => {
    const partitions = topics.map((topic) => ({ topic, partition, at }));
    const listed = await admin.listOffsets({ partitions });
    return new Map(listed.map(({ topic, offset }) => [topic, offset]));
  };
  const starts = await offsetsAt('earliest');
  const ends = await offsetsAt('latest');
  return new Map(topics.map((topic) => [topic, { start: starts.get(topic) ?? 0, end: ends.get(topic) ?? 0 }]));
}

function isTrusted({ buffer }: TaskStore, { start, end }: Bounds): boolean {
  const { position } = buffer.store;
  return position === undefined || (position >= start && position <= end);
}

async function readChangelogs(restores: readonly Restore[], options: RestorerOptions) {
  const consumer = options.openConsumer();
  try {
    consumer.assign(restores.map(({ topic, partition }) => ({ topic, partition })));
    for (const { topic, partition, from } of restores) consumer.seek({ topic, partition, offset: from });
    const open = new Set(restores);
    while (open.size > 0) {
      options.signal.throwIfAborted();
      const fetched = await consumer.poll({ timeoutMs: pollTimeoutMs, signal: options.signal });
      for (const each of fetched) {
        const restore = restores.find(({ topic, partition }) => topic === each.topic && partition === each.partition);
        if (restore !== undefined) await applyChangelog(restore.store, each);
      }
      for (const restore of open) if ((consumer.position(restore) ?? 0) >= restore.end) open.delete(restore);
    }
  } finally {
    await consumer.close();
  }
}

/** Brings a store to the end of what was fetched of its changelog. */
export async function applyChangelog(store: TaskStore, fetched: FetchedPartition): Promise<void> {
  const kept = store.buffer.store;
  const records = rawRecords(fetched);
  store.restoredTimeMs = Math.max(store.restoredTimeMs ?? -1, latestTimeMs(store.spec, records));
  await kept.write({ ...restoredFrom(store.spec, kept, records), position: fetched.nextOffset });
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
