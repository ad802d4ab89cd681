import type { FetchedPartition } from '@nagare/client';
import type { TaskStore } from '../core/task.ts';
import type { RawRecord } from '../record.ts';
import { latestTimeMs, restoredFrom } from '../state/changelog.ts';
import type { StreamsAdmin } from './streams-client.ts';

export interface CheckOptions {
  readonly admin: Pick<StreamsAdmin, 'listOffsets'>;
  /** Opens an empty store in place of one that cannot be trusted. */
  readonly reopen: (store: TaskStore) => Promise<TaskStore>;
}

/** From the first offset of a changelog to the one behind its last. */
interface Bounds {
  readonly start: number;
  readonly end: number;
}

/**
 * Looks whether changelogs have the positions of stores.
 *
 * A store whose position its changelog does not have (it lies beyond the end, or before the first record) is thrown away and
 * begins anew, at the start of the changelog.
 *
 * @param stores - One that was thrown away is replaced in place.
 * @returns Where the changelogs end, by their names: behind all records, those of open transactions too.
 */
export async function checkPositions(
  stores: TaskStore[],
  partition: number,
  options: CheckOptions,
): Promise<ReadonlyMap<string, number>> {
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
  return new Map(Array.from(boundsOf, ([topic, { end }]) => [topic, end]));
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

/** Brings a store to the end of what was fetched of its changelog, and gives the number of records. */
export async function applyChangelog(store: TaskStore, fetched: FetchedPartition): Promise<number> {
  const kept = store.buffer.store;
  const records = rawRecords(fetched);
  store.restoredTimeMs = Math.max(store.restoredTimeMs ?? -1, latestTimeMs(store.spec, records));
  await kept.write({ ...restoredFrom(store.spec, kept, records), position: fetched.nextOffset });
  return records.length;
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
