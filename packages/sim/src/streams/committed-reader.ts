import type { Admin, Consumer, TopicPartition } from '@nagare/client';
import { pause } from '../clients/pause.ts';
import type { World } from '../world/world.ts';
import type { Row } from './outcome.ts';

/** How long a transaction may keep a topic from being stable after everything is healed. */
const stableWithinMs = 40_000;

/** Reads what is committed in topics, from their beginning on, and gives each record once. */
export class CommittedReader implements AsyncDisposable {
  readonly #world: World;
  readonly #places: readonly TopicPartition[];
  readonly #admin: Admin;
  readonly #consumer: Consumer;

  constructor(world: World, places: readonly TopicPartition[]) {
    this.#world = world;
    this.#places = places;
    const client = world.helper();
    this.#admin = client.admin({ requestTimeoutMs: 2_000 });
    this.#consumer = client.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
    this.#consumer.assign(places);
  }

  /** Reads on to where the topics end now, as far as that is decided. */
  async readOn(each: (row: Row) => void): Promise<void> {
    const ends = await this.#ends('read_committed');
    while (this.#places.some((place, at) => (this.#consumer.position(place) ?? 0) < (ends[at] ?? 0))) {
      for (const fetched of await this.#consumer.poll({ timeoutMs: 500 })) {
        const { topic, partition } = fetched;
        for (let cursor = fetched.records(); cursor.next(); ) {
          const { key, value, timestamp } = cursor;
          each({ topic, partition, key: key ?? Buffer.alloc(0), value: `${value}`, timestamp });
        }
      }
    }
  }

  /** The places that a transaction is still open in when there has been time enough for each to end. */
  async unstable(): Promise<readonly string[]> {
    const giveUpAtMs = this.#world.sim.elapsedMs + stableWithinMs;
    for (;;) {
      const stable = await this.#ends('read_committed');
      const all = await this.#ends('read_uncommitted');
      const open = this.#places.filter((_, at) => stable[at] !== all[at]);
      if (open.length === 0 || this.#world.sim.elapsedMs > giveUpAtMs) {
        return open.map(({ topic, partition }) => `${topic}-${partition}`);
      }
      await pause(this.#world, 500);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.close();
    await this.#admin.close();
  }

  /** In the order of the places. */
  async #ends(isolationLevel: 'read_committed' | 'read_uncommitted'): Promise<readonly number[]> {
    const partitions = this.#places.map((place) => ({ ...place, at: 'latest' as const }));
    const ends = await this.#admin.listOffsets({ partitions, isolationLevel });
    return this.#places.map(({ topic, partition }) => {
      return ends.find((end) => end.topic === topic && end.partition === partition)?.offset ?? 0;
    });
  }
}
