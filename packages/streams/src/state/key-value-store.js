import { StreamsError } from '../errors.js';
import { packedValue, packTimestamped, timestampOf } from './timestamped.js';
/** A key-value store with values in Kafka's timestamped form. */
export class TimestampedKeyValueStore {
  #buffer;
  #name;
  #topic;
  #key;
  #value;
  #hasRanges;
  #now;
  /** @param topic - The topic that serdes are told, so that they find their schemas: the changelog. */
  constructor(spec, buffer, { topic, now }) {
    this.#buffer = buffer;
    this.#name = spec.name;
    this.#topic = topic;
    this.#key = spec.key;
    this.#value = spec.value;
    this.#hasRanges = spec.ranges;
    this.#now = now;
  }
  get(key) {
    const packed = this.#buffer.get(this.#keyBytes(key));
    return packed === undefined ? undefined : this.#valueIn(packed);
  }
  getWithTimestamp(key) {
    const packed = this.#buffer.get(this.#keyBytes(key));
    return packed === undefined ? undefined : { value: this.#valueIn(packed), timestamp: timestampOf(packed) };
  }
  put(key, value, timestamp = this.#now.timestampMs) {
    const bytes = this.#value.serialize(this.#topic, value);
    this.#buffer.put(this.#keyBytes(key), bytes === null ? null : packTimestamped(bytes, timestamp), timestamp);
  }
  delete(key, timestamp = this.#now.timestampMs) {
    this.#buffer.put(this.#keyBytes(key), null, timestamp);
  }
  range(from, to) {
    return this.#between(this.#keyBytes(from), this.#keyBytes(to));
  }
  all() {
    return this.#between(undefined, undefined);
  }
  #between(from, to) {
    if (!this.#hasRanges) {
      throw new StreamsError('NAGARE_STREAMS_STORE_NOT_ORDERED', `${this.#name}; make it with { ranges: true }`);
    }
    return this.#decoded(this.#buffer.range(from, to));
  }
  *#decoded(entries) {
    for (const [key, packed] of entries) {
      yield [this.#key.deserialize(this.#topic, key), this.#valueIn(packed)];
    }
  }
  #keyBytes(key) {
    const bytes = this.#key.serialize(this.#topic, key);
    if (bytes === null) throw new TypeError(`The store ${this.#name} has no place for the key null`);
    return bytes;
  }
  #valueIn(packed) {
    return this.#value.deserialize(this.#topic, packedValue(packed));
  }
}
//# sourceMappingURL=key-value-store.js.map
