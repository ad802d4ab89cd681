import { readInt64, type Serde, writeInt64 } from '@nagare/serdes';
import type { OperatorStore } from '../state/store.ts';

/** A side of a join. */
export type Side = 'left' | 'right';

/** How what waits becomes bytes. */
export interface PendingSerdes<K> {
  readonly key: Serde<K>;
  readonly left: Serde<unknown>;
  readonly right: Serde<unknown>;
}

/** Records of one side, key and time that wait for a partner. */
export interface Pending<K> {
  readonly side: Side;
  readonly key: K;
  readonly timestamp: number;
  readonly values: Iterable<unknown>;
  readonly remove: () => void;
}

const keyHeadBytes = 9;
const variableSizes = 1;
const listHeadBytes = 5;

/**
 * The records of a left or outer join that have no partner yet, with Kafka's bytes: under the time, the side and the key a list of
 * values, each with its side in front.
 */
export class PendingJoins<K> {
  readonly #store: OperatorStore;
  readonly #serdes: PendingSerdes<K>;

  constructor(store: OperatorStore, serdes: PendingSerdes<K>) {
    this.#store = store;
    this.#serdes = serdes;
  }

  add(side: Side, { key, value, timestamp }: { key: K; value: unknown; timestamp: number }): void {
    const bytes = this.#serdes[side].serialize(this.#store.topic, value);
    if (bytes === null) return;
    const storeKey = this.#storeKey(side, key, timestamp);
    const entry = Buffer.concat([Buffer.from([side === 'left' ? 1 : 0]), bytes]);
    this.#store.put(storeKey, appended(this.#store.get(storeKey), entry), timestamp);
  }

  /** Forgets the records of the other side that have found a partner. */
  removeOther(side: Side, key: K, timestamp: number): void {
    const storeKey = this.#storeKey(side === 'left' ? 'right' : 'left', key, timestamp);
    if (this.#store.get(storeKey) !== undefined) this.#store.put(storeKey, null);
  }

  /** All that waits, the earliest first. What has been given may be removed at once. */
  *all(): Iterable<Pending<K>> {
    const { topic } = this.#store;
    for (const [storeKey, list] of this.#store.range()) {
      const side = storeKey[keyHeadBytes - 1] === 1 ? 'left' : 'right';
      const key = this.#serdes.key.deserialize(topic, storeKey.subarray(keyHeadBytes)) as K;
      const values = entriesOf(list).map((entry) => this.#serdes[side].deserialize(topic, entry.subarray(1)));
      yield { side, key, timestamp: readInt64(storeKey), values, remove: () => this.#store.put(storeKey, null) };
    }
  }

  #storeKey(side: Side, key: K, timestamp: number): Buffer {
    const bytes = this.#serdes.key.serialize(this.#store.topic, key) as Buffer;
    const storeKey = Buffer.allocUnsafe(keyHeadBytes + bytes.length);
    writeInt64(storeKey, timestamp);
    storeKey[keyHeadBytes - 1] = side === 'left' ? 1 : 0;
    bytes.copy(storeKey, keyHeadBytes);
    return storeKey;
  }
}

/** Kafka's list of byte arrays: a byte for the kind, how many, and each with its length in front. */
function appended(list: Buffer | undefined, entry: Buffer): Buffer {
  const head = Buffer.alloc(listHeadBytes);
  head[0] = variableSizes;
  head.writeInt32BE((list === undefined ? 0 : list.readInt32BE(1)) + 1, 1);
  const length = Buffer.alloc(4);
  length.writeInt32BE(entry.length);
  return Buffer.concat([head, list?.subarray(listHeadBytes) ?? Buffer.alloc(0), length, entry]);
}

function entriesOf(list: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = listHeadBytes; at < list.length; ) {
    const length = list.readInt32BE(at);
    entries.push(list.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return entries;
}
