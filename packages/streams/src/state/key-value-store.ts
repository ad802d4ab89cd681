import type { Serde } from '@nagare/serdes';
import { StreamsError } from '../errors.ts';
import type { KeyValueStore, TableStore, Timestamped } from './store.ts';
import type { KeyValueStoreSpec } from './store-spec.ts';
import { packedValue, packTimestamped, timestampOf } from './timestamped.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** Says when the record that is being processed happened. */
export interface EventTime {
  readonly timestampMs: number;
}

/** A key-value store with values in Kafka's timestamped form. */
export class TimestampedKeyValueStore<K, V> implements KeyValueStore<K, V>, TableStore<K, V> {
  readonly #buffer: WriteBuffer;
  readonly #name: string;
  readonly #topic: string;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;
  readonly #hasRanges: boolean;
  readonly #now: EventTime;

  /** @param topic - The topic that serdes are told, so that they find their schemas: the changelog. */
  constructor(spec: KeyValueStoreSpec, buffer: WriteBuffer, { topic, now }: { topic: string; now: EventTime }) {
    this.#buffer = buffer;
    this.#name = spec.name;
    this.#topic = topic;
    this.#key = spec.key as Serde<K>;
    this.#value = spec.value as Serde<V>;
    this.#hasRanges = spec.ranges;
    this.#now = now;
  }

  get(key: K): V | undefined {
    const packed = this.#buffer.get(this.#keyBytes(key));
    return packed === undefined ? undefined : this.#valueIn(packed);
  }

  getWithTimestamp(key: K): Timestamped<V> | undefined {
    const packed = this.#buffer.get(this.#keyBytes(key));
    return packed === undefined ? undefined : { value: this.#valueIn(packed), timestamp: timestampOf(packed) };
  }

  put(key: K, value: V, timestamp = this.#now.timestampMs): void {
    const bytes = this.#value.serialize(this.#topic, value);
    this.#buffer.put(this.#keyBytes(key), bytes === null ? null : packTimestamped(bytes, timestamp), timestamp);
  }

  delete(key: K, timestamp = this.#now.timestampMs): void {
    this.#buffer.put(this.#keyBytes(key), null, timestamp);
  }

  set(key: K, value: V | null, timestamp: number, recordTimestamp = timestamp): 'latest' {
    if (value === null) this.delete(key, recordTimestamp);
    else this.put(key, value, timestamp);
    return 'latest';
  }

  range(from: K, to: K): Iterable<readonly [K, V]> {
    return this.#between(this.#keyBytes(from), this.#keyBytes(to));
  }

  all(): Iterable<readonly [K, V]> {
    return this.#between(undefined, undefined);
  }

  #between(from: Buffer | undefined, to: Buffer | undefined): Iterable<readonly [K, V]> {
    if (!this.#hasRanges) {
      throw new StreamsError('NAGARE_STREAMS_STORE_NOT_ORDERED', `${this.#name}; make it with { ranges: true }`);
    }
    return this.#decoded(this.#buffer.range(from, to));
  }

  *#decoded(entries: Iterable<readonly [Buffer, Buffer]>): Iterable<readonly [K, V]> {
    for (const [key, packed] of entries) {
      yield [this.#key.deserialize(this.#topic, key) as K, this.#valueIn(packed)];
    }
  }

  #keyBytes(key: K): Buffer {
    const bytes = this.#key.serialize(this.#topic, key);
    if (bytes === null) throw new TypeError(`The store ${this.#name} has no place for the key null`);
    return bytes;
  }

  #valueIn(packed: Buffer): V {
    return this.#value.deserialize(this.#topic, packedValue(packed)) as V;
  }
}
