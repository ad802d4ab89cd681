import type { Serde, Windowed } from '@nagare/serdes';
import { StreamsError } from '../errors.ts';
import type { DropReason, ObservedTime } from '../operators/define-operator.ts';
import { toBytes, toText } from './byte-store.ts';
import type { RowReader } from './cache.ts';
import { fromLocalKey, type SegmentRow, Segments } from './segments.ts';
import type { Timestamped, WindowRow, WindowStore } from './store.ts';
import type { WindowStoreSpec } from './store-spec.ts';
import { packedValue, timestampedText, timestampIn, timestampOf, valueBytesIn } from './timestamped.ts';
import { windowKeyOf, windowOf, windowStartOf, windowStoreKey } from './window-key.ts';
import { windowsBetween, windowsOfKey } from './window-scan.ts';
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

/** A row's key, and how it is written. */
interface WrittenRow<K> {
  readonly key: K;
  readonly windowStart: number;
  readonly sequence: number;
  readonly text: string;
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
  #lastRow: WrittenRow<K> | undefined;

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
    const stored = this.#segments.getText(this.#rowText(key, from), from);
    if (stored === undefined) return undefined;
    const { timestamped } = this.#spec;
    const value = this.#value.deserialize(this.#topic, timestamped ? valueBytesIn(stored) : toBytes(stored)) as V;
    return { value, timestamp: timestamped ? timestampIn(stored) : from };
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
    const stored = bytes === null ? null : timestamped ? timestampedText(bytes, timestamp) : toText(bytes);
    const rowText = this.#rowText(key, windowStart, sequence);
    if (!this.#segments.putText(rowText, stored, { timeMs: windowStart, timestamp })) this.#drops.drop('late');
  }

  keyIn(localKey: Buffer): Windowed<K> {
    return this.#rowKey(fromLocalKey(localKey));
  }

  valueIn(stored: Buffer): V {
    return this.#value.deserialize(this.#topic, this.#spec.timestamped ? packedValue(stored) : stored) as V;
  }

  timeIn(): undefined {}

  /** Operators read a row and write it back, so that its key need be written once. Keys that are objects may change meanwhile. */
  #rowText(key: K, windowStart: number, sequence = 0): string {
    const last = this.#lastRow;
    const isLast = last?.windowStart === windowStart && last.sequence === sequence && Object.is(last.key, key);
    if (isLast && typeof key !== 'object') return last.text;
    const text = this.#segments.localText(windowStoreKey(this.#keyBytes(key), windowStart, sequence), windowStart);
    this.#lastRow = { key, windowStart, sequence, text };
    return text;
  }

  #nextSequence(): number {
    this.#sequence.ms = this.#sequence.ms === sequenceMax ? 0 : Math.max(0, this.#sequence.ms) + 1;
    return this.#sequence.ms;
  }

  #rowsOf(key: K, from: number, to: number): SegmentRow[] {
    this.#needRanges();
    return [...windowsOfKey(this.#segments, this.#keyBytes(key), { from, to })];
  }

  #rowsBetween(from: number, to: number): SegmentRow[] {
    this.#needRanges();
    return [...windowsBetween(this.#segments, { from, to })];
  }

  #needRanges(): void {
    const { name, ranges } = this.#spec;
    if (!ranges) throw new StreamsError('NAGARE_STREAMS_STORE_NOT_ORDERED', `${name}; make it with { ranges: true }`);
  }

  *#decoded(rows: readonly SegmentRow[]): Iterable<WindowRow<K, V>> {
    for (const [storeKey, stored] of rows) {
      yield { ...this.#rowKey(storeKey), ...this.#valueIn(stored, windowStartOf(storeKey)) };
    }
  }

  #rowKey(storeKey: Buffer): Windowed<K> {
    const key = this.#key.deserialize(this.#topic, windowKeyOf(storeKey)) as K;
    return { key, window: windowOf(storeKey, this.#spec.windowSizeMs) };
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
