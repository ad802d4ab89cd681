import type { Header } from '../record.ts';

/** A record that a test reads. */
export interface TestRecord<K, V> {
  readonly key: K | null;
  readonly value: V | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

/** A topic that a test reads. Each record is read once. */
export class TestOutputTopic<K, V> {
  readonly #take: (count: number) => TestRecord<K, V>[];
  readonly #size: () => number;
  readonly #topic: string;

  /** Made by `TopologyTestDriver.createOutputTopic`. */
  constructor(topic: string, take: (count: number) => TestRecord<K, V>[], size: () => number) {
    this.#topic = topic;
    this.#take = take;
    this.#size = size;
  }

  /** How many records wait to be read. */
  get queueSize(): number {
    return this.#size();
  }

  get isEmpty(): boolean {
    return this.queueSize === 0;
  }

  /** @throws {RangeError} When no record waits. */
  readRecord(): TestRecord<K, V> {
    const [record] = this.#take(1);
    if (record === undefined) throw new RangeError(`${this.#topic} has no record to read`);
    return record;
  }

  /** @throws {RangeError} When no record waits. */
  readValue(): V | null {
    return this.readRecord().value;
  }

  /** @throws {RangeError} When no record waits. */
  readKeyValue(): [key: K | null, value: V | null] {
    const { key, value } = this.readRecord();
    return [key, value];
  }

  /** All waiting records as a map; of equal keys the last value stays. @throws {RangeError} When a key is null. */
  readKeyValuesToMap(): Map<K, V | null> {
    const rows = new Map<K, V | null>();
    for (const { key, value } of this.readRecordsToList()) {
      if (key === null) throw new RangeError(`${this.#topic} has a record without a key: use readKeyValuesToList`);
      rows.set(key, value);
    }
    return rows;
  }

  readRecordsToList(): TestRecord<K, V>[] {
    return this.#take(this.queueSize);
  }

  readKeyValuesToList(): [key: K | null, value: V | null][] {
    return this.readRecordsToList().map(({ key, value }) => [key, value]);
  }

  readValuesToList(): (V | null)[] {
    return this.readRecordsToList().map(({ value }) => value);
  }
}
