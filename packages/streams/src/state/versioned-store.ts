import type { Serde } from '@nagare/serdes';
import type { TableStore, Timestamped, VersionedKeyValueStore, VersionedRecord } from './store.ts';
import type { VersionedStoreSpec } from './store-spec.ts';
import { VersionedRows, type VersionPut } from './versioned-rows.ts';
import type { LatestVersion, PastVersion } from './versioned-versions.ts';
import type { DropCounter } from './window-store.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** A versioned store. Its changelog has every put in its order, those that were refused too, as Kafka Streams' has. */
export class VersionedStore<K, V> implements VersionedKeyValueStore<K, V>, TableStore<K, V> {
  readonly #rows: VersionedRows;
  readonly #buffer: WriteBuffer;
  readonly #spec: VersionedStoreSpec;
  readonly #topic: string;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;
  readonly #drops: DropCounter;

  /** @param topic - The topic that serdes are told, so that they find their schemas: the changelog. */
  constructor(spec: VersionedStoreSpec, buffer: WriteBuffer, { topic, drops }: { topic: string; drops: DropCounter }) {
    this.#rows = new VersionedRows(buffer, spec.historyMs);
    this.#buffer = buffer;
    this.#spec = spec;
    this.#topic = topic;
    this.#key = spec.key as Serde<K>;
    this.#value = spec.value as Serde<V>;
    this.#drops = drops;
  }

  get(key: K, asOfTimestamp?: number): VersionedRecord<V> | undefined {
    const bytes = this.#keyBytes(key);
    const version = asOfTimestamp === undefined ? this.#rows.latest(bytes) : this.#rows.at(bytes, asOfTimestamp);
    return version === undefined ? undefined : this.#recordOf(version);
  }

  *versions(key: K, from = 0, to = Number.MAX_SAFE_INTEGER): Iterable<VersionedRecord<V>> {
    for (const version of this.#rows.between(this.#keyBytes(key), from, to)) yield this.#recordOf(version);
  }

  put(key: K, value: V | null, timestamp: number): VersionPut {
    const bytes = { key: this.#keyBytes(key), value: this.#value.serialize(this.#topic, value) };
    const outcome = this.#rows.put(bytes.key, bytes.value, timestamp);
    if (outcome === 'refused') this.#drops.drop('late');
    if (this.#spec.logged) this.#buffer.log({ ...bytes, timestamp });
    return outcome;
  }

  delete(key: K, timestamp: number): VersionedRecord<V> | undefined {
    const before = this.get(key, timestamp);
    return this.put(key, null, timestamp) === 'refused' ? undefined : before;
  }

  getWithTimestamp(key: K): Timestamped<V> | undefined {
    return this.get(key);
  }

  set(key: K, value: V | null, timestamp: number): VersionPut {
    return this.put(key, value, timestamp);
  }

  #recordOf(version: PastVersion | LatestVersion): VersionedRecord<V> {
    const value = this.#value.deserialize(this.#topic, version.value) as V;
    return { value, timestamp: version.from, validTo: 'to' in version ? version.to : undefined };
  }

  #keyBytes(key: K): Buffer {
    const bytes = this.#key.serialize(this.#topic, key);
    if (bytes === null) throw new TypeError(`The store ${this.#spec.name} has no place for the key null`);
    return bytes;
  }
}
