import type { Clock, Log } from '@nagare/base';
import { ClientError, type FetchedPartition, type TopicPartition } from '@nagare/client';
import type { TaskStore } from '../core/task.ts';
import { applyChangelog } from './changelogs.ts';
import type { StreamsConsumer } from './streams-client.ts';

/** So little that the tasks that run hardly wait for it. */
const pollBytesMax = 1024 * 1024;

/** What is read at a time, and how long it is waited for, where nothing else is to be done. */
const aloneBytesMax = 4 * 1024 * 1024;
const aloneWaitMs = 100;

const retryMs = 1_000;

export interface ChangelogReaderOptions {
  /** Makes a consumer without a group. */
  readonly openConsumer: () => StreamsConsumer;
  /** Whether tasks wait for what is read: then what cannot be tried again is thrown. */
  readonly isAwaited: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The stores of one task. */
export interface PartitionStores {
  readonly partition: number;
  /** Those with a changelog. */
  readonly stores: readonly TaskStore[];
}

/** What was taken in of a changelog. */
export interface ChangelogBatch {
  readonly records: number;
  readonly nextOffset: number;
  /** Where the changelog ends, as far as it is read. */
  readonly end: number;
}

/** Stores that are brought on as their changelogs grow. */
export interface Followed extends PartitionStores {
  readonly onBatch: (store: TaskStore, batch: ChangelogBatch) => void;
  /** Told that a changelog has lost what was to be read next. The stores are followed no more. */
  readonly onGap: () => void;
}

interface Place extends TopicPartition {
  readonly followed: Followed;
  readonly store: TaskStore;
}

/** Reads changelogs, with one consumer for all of them, between two rounds of the tasks. */
export class ChangelogReader {
  readonly #options: ChangelogReaderOptions;
  readonly #followed = new Set<Followed>();
  readonly #places = new Map<string, Place>();
  #consumer: StreamsConsumer | undefined;
  #readAtMs = 0;

  constructor(options: ChangelogReaderOptions) {
    this.#options = options;
  }

  /** Begins to read for stores, from their positions on. */
  follow(followed: Followed): void {
    this.#followed.add(followed);
    const consumer = this.#assign();
    for (const { topic, partition, store } of placesOf(followed)) {
      consumer.seek({ topic, partition, offset: store.buffer.store.position ?? 0 });
    }
  }

  /** Reads for stores no more. */
  leave(followed: Followed): void {
    if (this.#followed.delete(followed)) this.#assign();
  }

  /**
   * Takes in what has come, and says whether anything had.
   *
   * @param isAlone - Whether there is nothing else to do: then it waits for a while until something comes.
   * @throws What a store failed with, and what cannot be tried again if tasks wait for it.
   */
  async read(isAlone = false): Promise<boolean> {
    if (this.#places.size === 0 || this.#options.clock.monotonicMs() < this.#readAtMs) return false;
    const fetched = await this.#poll(isAlone);
    for (const each of fetched) await this.#apply(each);
    return fetched.length > 0;
  }

  /**
   * How many records stores lack.
   *
   * @param ends - Where their changelogs ended when that was asked; what has been read since is newer.
   */
  lag({ stores, partition }: PartitionStores, ends: ReadonlyMap<string, number>): number {
    return stores.reduce((sum, { changelogTopic: topic, buffer }) => {
      const at = { topic, partition };
      const known = this.#places.has(nameOf(at)) ? this.#consumer?.lag(at) : undefined;
      return sum + (known ?? Math.max(0, (ends.get(topic) ?? 0) - (buffer.store.position ?? 0)));
    }, 0);
  }

  async close(): Promise<void> {
    this.#followed.clear();
    this.#places.clear();
    await this.#consumer?.close();
  }

  async #poll(isAlone: boolean): Promise<readonly FetchedPartition[]> {
    const { signal } = this.#options;
    const bounds = isAlone
      ? { timeoutMs: aloneWaitMs, bytesMax: aloneBytesMax }
      : { timeoutMs: 0, bytesMax: pollBytesMax };
    try {
      return (await this.#consumer?.poll({ ...bounds, signal })) ?? [];
    } catch (error) {
      if (!signal.aborted) this.#bear(error);
      return [];
    }
  }

  #assign(): StreamsConsumer {
    this.#consumer ??= this.#options.openConsumer();
    this.#places.clear();
    for (const followed of this.#followed) {
      for (const place of placesOf(followed)) this.#places.set(nameOf(place), place);
    }
    this.#consumer.assign(Array.from(this.#places.values(), ({ topic, partition }) => ({ topic, partition })));
    return this.#consumer;
  }

  async #apply(fetched: FetchedPartition): Promise<void> {
    const place = this.#places.get(nameOf(fetched));
    if (place === undefined) return;
    const { store, followed } = place;
    // What lies between the position and the start of the changelog is gone, removals among it.
    if (fetched.logStartOffset > (store.buffer.store.position ?? 0)) {
      this.leave(followed);
      followed.onGap();
      return;
    }
    const records = await applyChangelog(store, fetched);
    followed.onBatch(store, { records, nextOffset: fetched.nextOffset, end: fetched.lastStableOffset });
  }

  /** Stores can wait for brokers. @throws What is no matter of brokers, and what no waiting cures if tasks wait. */
  #bear(error: unknown): void {
    if (!(error instanceof ClientError)) throw error;
    if (!error.retriable && this.#options.isAwaited) throw error;
    this.#options.log.warn('streams.changelogs-failed', { error });
    this.#readAtMs = this.#options.clock.monotonicMs() + retryMs;
  }
}

function placesOf(followed: Followed): Place[] {
  const { stores, partition } = followed;
  return stores.map((store) => ({ followed, store, topic: store.changelogTopic, partition }));
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`;
}
