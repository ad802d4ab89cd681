import type { Client, Consumer, TopicPartition } from '@nagare/client';
import { waitFor } from '../../tools/wait.ts';

/** A record as readers of committed records see it. */
export interface Committed extends TopicPartition {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

/** Reads what is committed in topics, from their beginning on, and gives each record once. */
export class CommittedReader implements AsyncDisposable {
  readonly #client: Client;
  readonly #places: readonly TopicPartition[];
  readonly #consumer: Consumer;

  constructor(client: Client, places: readonly TopicPartition[]) {
    this.#client = client;
    this.#places = places;
    const isolationLevel = 'read_committed';
    this.#consumer = client.consumer({ autoCommit: false, autoOffsetReset: 'earliest', isolationLevel });
    this.#consumer.assign(places);
  }

  /** Reads on to where the topics end now, as far as that is decided. */
  async readOn(each: (record: Committed) => void): Promise<void> {
    await this.#readTo(await this.#ends('read_committed'), each);
  }

  /** Reads on to the end, when every transaction is decided. */
  async readAll(each: (record: Committed) => void): Promise<void> {
    const ends = await waitFor(
      async () => {
        const stable = await this.#ends('read_committed');
        const all = await this.#ends('read_uncommitted');
        return stable.every(({ offset }, at) => offset === all[at]?.offset) ? stable : undefined;
      },
      { what: 'every decision', timeoutMs: 180_000, everyMs: 200 },
    );
    await this.#readTo(ends, each);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.close();
  }

  async #readTo(
    ends: readonly { topic: string; partition: number; offset: number }[],
    each: (record: Committed) => void,
  ) {
    while (ends.some((end) => (this.#consumer.position(end) ?? 0) < end.offset)) {
      for (const fetched of await this.#consumer.poll({ timeoutMs: 200 })) {
        const { topic, partition } = fetched;
        for (let cursor = fetched.records(); cursor.next(); ) {
          const { key, value, timestamp } = cursor;
          each({ topic, partition, key: key as Buffer, value, timestamp });
        }
      }
    }
  }

  async #ends(isolationLevel: 'read_committed' | 'read_uncommitted') {
    await using admin = this.#client.admin();
    const partitions = this.#places.map((place) => ({ ...place, at: 'latest' as const }));
    const ends = await admin.listOffsets({ partitions, isolationLevel });
    // In the order of the places, so that two answers can be compared.
    return this.#places.map(({ topic, partition }) => {
      const found = ends.find((end) => end.topic === topic && end.partition === partition);
      return { topic, partition, offset: found?.offset ?? 0 };
    });
  }
}

/** The partitions of topics that have the same number of them. */
export function placesOf(topics: readonly string[], partitions: number): readonly TopicPartition[] {
  return topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
}
