import type { Serde } from '@nagare/serdes';
import { StreamsError } from '../errors.ts';
import { toText } from './byte-store.ts';
import type { RowReader } from './cache.ts';
import type { KeyValueStore, TableStore, Timestamped } from './store.ts';
import type { KeyValueStoreSpec } from './store-spec.ts';
import { packedValue, packTimestamped, timestampOf } from './timestamped.ts';
import type { RowBytes } from './write-buffer.ts';

/** Says when the record that is being processed happened. */
export interface EventTime {
  readonly timestampMs: number;
}

/** A key as it is written. */
interface WrittenKey<K> {
  readonly key: K;
  readonly bytes: Buffer;
  readonly text: string;
}

/** A key-value store with values in Kafka's timestamped form. */
export class TimestampedKeyValueStore<K, V> implements KeyValueStore<K, V>, TableStore<K, V>, RowReader {
  readonly #buffer: RowBytes;
  readonly #name: string;
  readonly #topic: string;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;
  readonly #hasRanges: boolean;
  readonly #now: EventTime;
  /** How long a row stays behind the time of its last change; undefined: for ever. */
  readonly ttlMs: number | undefined;
  /** The last key: operators read a row and write it back, which costs 0.3 µs less when the key is written once. */
  #last: WrittenKey<K> | undefined;

  /** @param topic - The topic that serdes are told, so that they find their schemas: the changelog. */
  constructor(spec: KeyValueStoreSpec, buffer: RowBytes, { topic, now }: { topic: string; now: EventTime }) {
    this.#buffer = buffer;
    this.#name = spec.name;
    this.#topic = topic;
    this.#key = spec.key as Serde<K>;
    this.#value = spec.value as Serde<V>;
    this.#hasRanges = spec.ranges;
    this.#now = now;
    this.ttlMs = spec.ttlMs;
  }

  get(key: K): V | undefined {
    const packed = this.#packed(key);
    return packed === undefined ? undefined : this.valueIn(packed);
  }

  getWithTimestamp(key: K): Timestamped<V> | undefined {
    const packed = this.#packed(key);
    return packed === undefined ? undefined : { value: this.valueIn(packed), timestamp: timestampOf(packed) };
  }

  put(key: K, value: V, timestamp = this.#now.timestampMs): void {
    const bytes = this.#value.serialize(this.#topic, value);
    this.#put(key, bytes === null ? null : packTimestamped(bytes, timestamp), timestamp);
  }

  delete(key: K, timestamp = this.#now.timestampMs): void {
    this.#put(key, null, timestamp);
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

  /** The same text for equal keys. */
  textOf(key: K): string {
    return this.#written(key).text;
  }

  /** All rows with their times. */
  *times(): Iterable<readonly [key: K, timestamp: number]> {
    for (const [key, packed] of this.#buffer.range(undefined, undefined)) yield [this.keyIn(key), timestampOf(packed)];
  }

  keyIn(storeKey: Buffer): K {
    return this.#key.deserialize(this.#topic, storeKey) as K;
  }

  valueIn(packed: Buffer): V {
    return this.#value.deserialize(this.#topic, packedValue(packed)) as V;
  }

  timeIn(): undefined {}

  #packed(key: K): Buffer | undefined {
    const { bytes, text } = this.#written(key);
    return this.#buffer.get(bytes, text);
  }

  #put(key: K, packed: Buffer | null, timestamp: number): void {
    const { bytes, text } = this.#written(key);
    this.#buffer.put(bytes, packed, timestamp, text);
  }

  /** Objects may change between two calls; other keys cannot. */
  #written(key: K): WrittenKey<K> {
    const last = this.#last;
    if (last !== undefined && Object.is(last.key, key) && typeof key !== 'object') return last;
    const bytes = this.#keyBytes(key);
    this.#last = { key, bytes, text: toText(bytes) };
    return this.#last;
  }

  #between(from: Buffer | undefined, to: Buffer | undefined): Iterable<readonly [K, V]> {
    if (!this.#hasRanges) {
      throw new StreamsError('NAGARE_STREAMS_STORE_NOT_ORDERED', `${this.#name}; make it with { ranges: true }`);
    }
    return this.#decoded(this.#buffer.range(from, to));
  }

  *#decoded(entries: Iterable<readonly [Buffer, Buffer]>): Iterable<readonly [K, V]> {
    for (const [key, packed] of entries) {
      yield [this.keyIn(key), this.valueIn(packed)];
    }
  }

  #keyBytes(key: K): Buffer {
    const bytes = this.#key.serialize(this.#topic, key);
    if (bytes === null) throw new TypeError(`The store ${this.#name} has no place for the key null`);
    return bytes;
  }
}
