import type { ObservedTime } from '../operators/define-operator.ts';
import { toChangelog } from '../state/changelog.ts';
import type { PendingCommit } from '../state/write-buffer.ts';
import { encodeOffsetMetadata, type OffsetMetadata } from './offset-metadata.ts';
import type { OutputRecord } from './output.ts';
import type { RecordQueue } from './record-queue.ts';
import type { TaskStore } from './task.ts';

/** An offset to commit. */
export interface CommitOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** Where a task would go on in a partition, with the times that belong to it. */
export interface TaskProgress {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly times: OffsetMetadata;
}

/** What a commit has to write. */
export interface TaskCommit {
  readonly offsets: readonly TaskProgress[];
  /** Made one by one, each time they are read: together they would take much more room than what they are made of. */
  readonly changelog: Iterable<OutputRecord>;
  /** What each store has to be given once all of it is written. */
  readonly stores: readonly { readonly store: TaskStore; readonly pending: PendingCommit }[];
}

const noTimes: ReadonlyMap<string, number> = new Map();

/** The times that there are: brokers bound the size of what is committed beside an offset. */
export function nodeTimesMs(observed: ReadonlyMap<string, ObservedTime>): ReadonlyMap<string, number> {
  if (observed.size === 0) return noTimes;
  const times = new Map<string, number>();
  for (const [name, { ms }] of observed) if (ms >= 0) times.set(name, ms);
  return times;
}

/** How far a task has come in the partitions that it knows something of. */
export function progressOf(queues: readonly RecordQueue[], nodeTimesMs: ReadonlyMap<string, number>): TaskProgress[] {
  const progress: TaskProgress[] = [];
  for (const { topic, partition, committable: offset, partitionTimeMs } of queues) {
    if (offset !== undefined) progress.push({ topic, partition, offset, times: { partitionTimeMs, nodeTimesMs } });
  }
  return progress;
}

/** The offset that says how far a task has come. */
export function toCommitOffset({ topic, partition, offset, times }: TaskProgress): CommitOffset {
  return { topic, partition, offset, metadata: encodeOffsetMetadata(times) };
}

/** What stores have to write to their changelogs. */
export class ChangelogRecords implements Iterable<OutputRecord> {
  readonly #stores: TaskCommit['stores'];
  readonly #partition: number;

  constructor(stores: TaskCommit['stores'], partition: number) {
    this.#stores = stores;
    this.#partition = partition;
  }

  *[Symbol.iterator](): Iterator<OutputRecord> {
    const partition = this.#partition;
    for (const { store, pending } of this.#stores) {
      const { spec, changelogTopic: topic } = store;
      if (!spec.logged) continue;
      for (const entry of pending.log ?? pending.entries) {
        const { key, value, timestamp, headers } = toChangelog(spec, entry);
        yield { topic, partition, partitionBy: null, key, value, timestamp, headers };
      }
    }
  }
}
