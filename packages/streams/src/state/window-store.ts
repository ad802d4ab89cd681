import type { Serde } from '@nagare/serdes';
import type { Timestamped, WindowStore } from './store.ts';
import type { WindowStoreSpec } from './store-spec.ts';
import { packedValue, packTimestamped, timestampOf } from './timestamped.ts';
import { segmentOf, segmentStartKey, toWindowLocalKey, windowStoreKey } from './window-key.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** A window store in segments, with values in Kafka's timestamped form. */
export class SegmentedWindowStore<K, V> implements WindowStore<K, V> {
  readonly #buffer: WriteBuffer;
  readonly #topic: string;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;
  readonly #retentionMs: number;
  /** The largest window start so far; windows as old as the retention before it are out of sight. */
  #observedMs = -1;
  #firstSegment = 0;

  /** @param topic - The topic that serdes are told, so that they find their schemas: the changelog. */
  constructor(spec: WindowStoreSpec, buffer: WriteBuffer, { topic }: { topic: string }) {
    this.#buffer = buffer;
    this.#topic = topic;
    this.#key = spec.key as Serde<K>;
    this.#value = spec.value as Serde<V>;
    this.#retentionMs = spec.retentionMs;
  }

  fetch(key: K, windowStart: number): Timestamped<V> | undefined {
    if (this.#isExpired(windowStart)) return undefined;
    const packed = this.#buffer.get(this.#localKey(key, windowStart));
    if (packed === undefined) return undefined;
    const value = this.#value.deserialize(this.#topic, packedValue(packed)) as V;
    return { value, timestamp: timestampOf(packed) };
  }

  put(key: K, value: V | null, windowStart: number, timestamp: number): void {
    this.#advance(windowStart);
    if (this.#isExpired(windowStart)) return;
    const bytes = this.#value.serialize(this.#topic, value);
    const packed = bytes === null ? null : packTimestamped(bytes, timestamp);
    this.#buffer.put(this.#localKey(key, windowStart), packed, timestamp);
  }

  #isExpired(windowStart: number): boolean {
    return windowStart <= this.#observedMs - this.#retentionMs;
  }

  #advance(windowStart: number): void {
    if (windowStart <= this.#observedMs) return;
    this.#observedMs = windowStart;
    const first = segmentOf(Math.max(0, windowStart - this.#retentionMs), this.#retentionMs);
    if (first <= this.#firstSegment) return;
    this.#firstSegment = first;
    this.#buffer.dropBelow(segmentStartKey(first));
  }

  #localKey(key: K, windowStart: number): Buffer {
    const bytes = this.#key.serialize(this.#topic, key);
    if (bytes === null) throw new TypeError('A window store has no place for the key null');
    return toWindowLocalKey(windowStoreKey(bytes, windowStart), this.#retentionMs);
  }
}
