/** One header of a record. Names may repeat. */
export interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

/** The headers of a record that has none. */
export const noHeaders: readonly Header[] = Object.freeze([]);

/**
 * A record on its way through a topology.
 *
 * Records never change: each method gives a new one.
 *
 * @typeParam K - The key.
 * @typeParam V - The value.
 */
export class StreamRecord<K, V> {
  readonly key: K;
  readonly value: V;
  /** Event time, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly headers: readonly Header[];

  constructor(key: K, value: V, timestamp: number, headers: readonly Header[] = noHeaders) {
    this.key = key;
    this.value = value;
    this.timestamp = timestamp;
    this.headers = headers;
  }

  withKey<K2>(key: K2): StreamRecord<K2, V> {
    return new StreamRecord(key, this.value, this.timestamp, this.headers);
  }

  withValue<V2>(value: V2): StreamRecord<K, V2> {
    return new StreamRecord(this.key, value, this.timestamp, this.headers);
  }

  withTimestamp(timestamp: number): StreamRecord<K, V> {
    return new StreamRecord(this.key, this.value, timestamp, this.headers);
  }

  withHeaders(headers: readonly Header[]): StreamRecord<K, V> {
    return new StreamRecord(this.key, this.value, this.timestamp, headers);
  }
}

/** A key with its value: what `map` and `flatMap` give back. */
export type KeyValue<K, V> = readonly [key: K, value: V];

/** A record as it stands in a partition. */
export interface RawRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly offset: number;
  readonly headers: readonly Header[];
}

/** Where a record was read. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
