import type { Timers } from '@nagare/base';
import type { Task, TaskStore } from '../core/task.ts';
import { StreamsError } from '../errors.ts';
import { type Observable, observing } from '../rx.ts';
import type { Entry } from '../state/byte-store.ts';
import { toChangelog } from '../state/changelog.ts';
import type { BufferWatcher, WriteBuffer } from '../state/write-buffer.ts';
import type { QueryableSpec, QueryableStore } from './local-stores.ts';

/** A change of a store in bytes, as its changelog has it. */
export interface RawChange {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

interface Listener {
  readonly next: (change: RawChange) => void;
  readonly complete: () => void;
}

export interface ChangeFeedsOptions {
  readonly tasks: () => readonly Task[];
  readonly timers: Timers;
  /** Whether changes are told when they are committed, and not when they are processed. */
  readonly isCommittedOnly: boolean;
}

/** Tells what changes in the stores of this process. A store that nobody listens to costs nothing. */
export class ChangeFeeds {
  readonly #options: ChangeFeedsOptions;
  readonly #feeds = new Map<QueryableSpec, Feed>();
  #isClosed = false;

  constructor(options: ChangeFeedsOptions) {
    this.#options = options;
  }

  /**
   * The changes of a store from the subscription on, until the application ends.
   *
   * @throws {StreamsError} `NAGARE_STREAMS_QUERY_STORE` for a store that tells of none.
   */
  changesOf({ spec, part }: QueryableStore): Observable<RawChange> {
    if (part === undefined) throw silent(spec, 'is a global table');
    if (spec.kind === 'versioned' && !spec.logged) throw silent(spec, 'is versioned and has no changelog');
    return observing((next, complete) => {
      if (this.#isClosed) {
        complete();
        return () => undefined;
      }
      const feed = this.#feedOf(spec);
      const listener = { next, complete };
      feed.listeners.add(listener);
      this.refresh();
      return () => {
        feed.listeners.delete(listener);
        if (feed.listeners.size === 0) this.#forget(spec);
      };
    });
  }

  /** Listens to the stores of tasks that have come. */
  refresh(): void {
    for (const [spec, feed] of this.#feeds) for (const store of this.#storesOf(spec)) feed.watch(store);
  }

  /** Completes all. */
  close(): void {
    this.#isClosed = true;
    for (const { listeners } of this.#feeds.values()) for (const { complete } of [...listeners]) complete();
  }

  #feedOf(spec: QueryableSpec): Feed {
    const known = this.#feeds.get(spec);
    if (known !== undefined) return known;
    const feed = new Feed(spec, this.#options);
    this.#feeds.set(spec, feed);
    return feed;
  }

  #forget(spec: QueryableSpec): void {
    this.#feeds.delete(spec);
    for (const { buffer } of this.#storesOf(spec)) buffer.watch(undefined);
  }

  #storesOf(spec: QueryableSpec): TaskStore[] {
    return this.#options.tasks().flatMap(({ stores }) => stores.filter((store) => store.spec === spec));
  }
}

/** The changes of one store. They are told after the record that made them, in their order. */
class Feed {
  readonly listeners = new Set<Listener>();
  readonly #spec: QueryableSpec;
  readonly #options: ChangeFeedsOptions;
  readonly #watched = new WeakSet<WriteBuffer>();
  #noted: RawChange[] = [];

  constructor(spec: QueryableSpec, options: ChangeFeedsOptions) {
    this.#spec = spec;
    this.#options = options;
  }

  watch({ buffer }: TaskStore): void {
    if (this.#watched.has(buffer)) return;
    this.#watched.add(buffer);
    buffer.watch(this.#watcher());
  }

  /** What a versioned store puts are pieces of its own; its changelog has what was put into it. */
  #watcher(): BufferWatcher {
    const isVersioned = this.#spec.kind === 'versioned';
    const note = (entry: Entry) => this.#note(entry);
    const none = () => undefined;
    if (!this.#options.isCommittedOnly) {
      return { put: isVersioned ? none : note, log: isVersioned ? note : none, committed: none };
    }
    return {
      put: none,
      log: none,
      committed: ({ entries, log }) => (isVersioned ? (log ?? []) : entries).forEach(note),
    };
  }

  #note(entry: Entry): void {
    const { key, value, timestamp } = toChangelog(this.#spec, entry);
    if (this.#noted.push({ key, value, timestamp }) === 1) this.#options.timers.soon(() => this.#tell());
  }

  #tell(): void {
    const noted = this.#noted;
    this.#noted = [];
    for (const change of noted) for (const { next } of [...this.listeners]) next(change);
  }
}

function silent({ name }: QueryableSpec, reason: string): StreamsError {
  return new StreamsError('NAGARE_STREAMS_QUERY_STORE', `${name} ${reason}, which tells of no changes`);
}
