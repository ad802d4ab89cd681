import type { Serde, Windowed } from '@nagare/serdes';
import { StreamsError } from '../errors.ts';
import type { DropReason, ObservedTime } from '../operators/define-operator.ts';
import type { RowReader } from './cache.ts';
import { fromLocalKey, Segments } from './segments.ts';
import type { Timestamped, WindowRow, WindowStore } from './store.ts';
import type { WindowStoreSpec } from './store-spec.ts';
import { packedValue, packTimestamped, timestampOf } from './timestamped.ts';
import { windowKeyOf, windowStartOf, windowStoreKey } from './window-key.ts';
import type { RowBytes } from './write-buffer.ts';

const sequenceMax = 0x7fffffff;

/** What is committed with the offsets, so that a restart goes on from it. */
export interface WindowStoreTimes {
  /** The largest start that was put. */
  readonly observed: ObservedTime;
  /** The last sequence number, as a time: another value of the same key and start must not get it again. */
  readonly sequence: ObservedTime;
}

/** Where a store counts what it was given too late to keep. */
export interface DropCounter {
  drop(reason: DropReason): void;
}

/** A window store in segments, with Kafka's keys and values. */
export class SegmentedWindowStore<K, V> implements WindowStore<K, V>, RowReader {
  readonly #spec: WindowStoreSpec;
  readonly #segments: Segments;
  readonly #topic: string;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;
  readonly #sequence: ObservedTime;
  readonly #drops: DropCounter;

  /** @param topic - The topic that serdes are told, so that they find their schemas: the changelog. */
  constructor(
    spec: WindowStoreSpec,
    buffer: RowBytes,
    options: WindowStoreTimes & { topic: string; drops: DropCounter },
  ) {
    this.#spec = spec;
    this.#segments = new Segments(buffer, spec.retentionMs, options.observed);
    this.#sequence = options.sequence;
    this.#drops = options.drops;
    this.#topic = options.topic;
    this.#key = spec.key as Serde<K>;
    this.#value = spec.value as Serde<V>;
  }

  fetch(key: K, windowStart: number): Timestamped<V> | undefined;
  fetch(key: K, from: number, to: number): Iterable<WindowRow<K, V>>;
  fetch(key: K, from: number, to?: number): Timestamped<V> | undefined | Iterable<WindowRow<K, V>> {
    if (to !== undefined) return this.#decoded(this.#rowsOf(key, from, to));
    const stored = this.#segments.get(windowStoreKey(this.#keyBytes(key), from), from);
    return stored === undefined ? undefined : this.#valueIn(stored, from);
  }

  backwardFetch(key: K, from: number, to: number): Iterable<WindowRow<K, V>> {
    return this.#decoded(this.#rowsOf(key, from, to).reverse());
  }

  fetchAll(from: number, to: number): Iterable<WindowRow<K, V>> {
    return this.#decoded(this.#rowsBetween(from, to));
  }

  backwardFetchAll(from: number, to: number): Iterable<WindowRow<K, V>> {
    return this.#decoded(this.#rowsBetween(from, to).reverse());
  }

  put(key: K, value: V | null, windowStart: number, timestamp: number): void {
    const { retainDuplicates, timestamped } = this.#spec;
    const bytes = this.#value.serialize(this.#topic, value);
    // Kafka Streams counts what has no value too.
    const sequence = retainDuplicates ? this.#nextSequence() : 0;
    if (bytes === null && retainDuplicates) return;
    const stored = bytes === null || !timestamped ? bytes : packTimestamped(bytes, timestamp);
    const storeKey = windowStoreKey(this.#keyBytes(key), windowStart, sequence);
    if (!this.#segments.put(storeKey, stored, { timeMs: windowStart, timestamp })) this.#drops.drop('late');
  }

  keyIn(localKey: Buffer): Windowed<K> {
    return this.#rowKey(fromLocalKey(localKey));
  }

  valueIn(stored: Buffer): V {
    return this.#value.deserialize(this.#topic, this.#spec.timestamped ? packedValue(stored) : stored) as V;
  }

  timeIn(): undefined {}

  #nextSequence(): number {
    this.#sequence.ms = this.#sequence.ms === sequenceMax ? 0 : Math.max(0, this.#sequence.ms) + 1;
    return this.#sequence.ms;
  }

  #rowsOf(key: K, from: number, to: number) {
    const bytes = this.#keyBytes(key);
    const low = windowStoreKey(bytes, Math.max(0, from, this.#segments.earliestMs));
    return this.#rowsBetween(from, to, low, windowStoreKey(bytes, to, sequenceMax)).filter(
      ([storeKey]) => storeKey.length === low.length && windowKeyOf(storeKey).equals(bytes),
    );
  }

  #rowsBetween(from: number, to: number, low?: Buffer, high?: Buffer) {
    if (!this.#spec.ranges) {
      throw new StreamsError('NAGARE_STREAMS_STORE_NOT_ORDERED', `${this.#spec.name}; make it with { ranges: true }`);
    }
    const earliest = Math.max(from, this.#segments.earliestMs);
    return [...this.#segments.between(from, to, low, high)].filter(([storeKey]) => {
      const start = windowStartOf(storeKey);
      return start >= earliest && start <= to;
    });
  }

  *#decoded(rows: readonly (readonly [Buffer, Buffer])[]): Iterable<WindowRow<K, V>> {
    for (const [storeKey, stored] of rows) {
      yield { ...this.#rowKey(storeKey), ...this.#valueIn(stored, windowStartOf(storeKey)) };
    }
  }

  #rowKey(storeKey: Buffer): Windowed<K> {
    const start = windowStartOf(storeKey);
    const end = Math.min(start + this.#spec.windowSizeMs, Number.MAX_SAFE_INTEGER);
    return { key: this.#key.deserialize(this.#topic, windowKeyOf(storeKey)) as K, window: { start, end } };
  }

  #valueIn(stored: Buffer, windowStart: number): Timestamped<V> {
    return { value: this.valueIn(stored), timestamp: this.#spec.timestamped ? timestampOf(stored) : windowStart };
  }

  #keyBytes(key: K): Buffer {
    const bytes = this.#key.serialize(this.#topic, key);
    if (bytes === null) throw new TypeError('A window store has no place for the key null');
    return bytes;
  }
}
