import { packedValue, packTimestamped, timestampOf } from './timestamped.js';
import { segmentOf, segmentStartKey, toWindowLocalKey, windowStoreKey } from './window-key.js';
/** A window store in segments, with values in Kafka's timestamped form. */
export class SegmentedWindowStore {
  #buffer;
  #topic;
  #key;
  #value;
  #retentionMs;
  /** The largest window start so far; windows as old as the retention before it are out of sight. */
  #observedMs = -1;
  #firstSegment = 0;
  /** @param topic - The topic that serdes are told, so that they find their schemas: the changelog. */
  constructor(spec, buffer, { topic }) {
    this.#buffer = buffer;
    this.#topic = topic;
    this.#key = spec.key;
    this.#value = spec.value;
    this.#retentionMs = spec.retentionMs;
  }
  fetch(key, windowStart) {
    if (this.#isExpired(windowStart)) return undefined;
    const packed = this.#buffer.get(this.#localKey(key, windowStart));
    if (packed === undefined) return undefined;
    const value = this.#value.deserialize(this.#topic, packedValue(packed));
    return { value, timestamp: timestampOf(packed) };
  }
  put(key, value, windowStart, timestamp) {
    this.#advance(windowStart);
    if (this.#isExpired(windowStart)) return;
    const bytes = this.#value.serialize(this.#topic, value);
    const packed = bytes === null ? null : packTimestamped(bytes, timestamp);
    this.#buffer.put(this.#localKey(key, windowStart), packed, timestamp);
  }
  #isExpired(windowStart) {
    return windowStart <= this.#observedMs - this.#retentionMs;
  }
  #advance(windowStart) {
    if (windowStart <= this.#observedMs) return;
    this.#observedMs = windowStart;
    const first = segmentOf(Math.max(0, windowStart - this.#retentionMs), this.#retentionMs);
    if (first <= this.#firstSegment) return;
    this.#firstSegment = first;
    this.#buffer.dropBelow(segmentStartKey(first));
  }
  #localKey(key, windowStart) {
    const bytes = this.#key.serialize(this.#topic, key);
    if (bytes === null) throw new TypeError('A window store has no place for the key null');
    return toWindowLocalKey(windowStoreKey(bytes, windowStart), this.#retentionMs);
  }
}
//# sourceMappingURL=window-store.js.map
