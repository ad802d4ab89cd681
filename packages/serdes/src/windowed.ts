import { SerdeError } from './errors.ts';
import { readInt64, writeInt64 } from './int64.ts';
import type { Serde } from './serde.ts';

/** A span of time in milliseconds since 1970: `start` belongs to it, `end` does not. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** A key within a window: what a windowed aggregation is kept by. */
export interface Windowed<K> {
  readonly key: K;
  readonly window: Window;
}

const startBytes = 8;

/**
 * A windowed key as Kafka Streams writes it to topics: the key's bytes, then the window's start in eight.
 *
 * The end is not written, so a reader must know the size of the windows. All windows of a key share its partition.
 *
 * @param inner - The serde of the key.
 * @param sizeMs - The size of the windows, in milliseconds.
 * @example Counts per page and minute
 * ```ts
 * const key = windowed(string, 60_000);
 * ```
 */
export function windowed<K>(inner: Serde<K>, sizeMs: number): Serde<Windowed<K>> {
  if (!(sizeMs > 0)) throw new RangeError(`sizeMs must be above 0, got ${sizeMs}`);
  return Object.freeze({
    serialize(topic: string, value: Windowed<K> | null) {
      if (value === null) return null;
      const key = inner.serialize(topic, value.key);
      if (key === null) throw new SerdeError('NAGARE_SERDES_BAD_VALUE', 'a windowed key must not be null inside');
      const into = Buffer.allocUnsafe(key.length + startBytes);
      key.copy(into);
      writeInt64(into, value.window.start, key.length);
      return into;
    },
    deserialize(topic: string, bytes: Buffer | null) {
      if (bytes === null) return null;
      const keyBytes = bytes.length - startBytes;
      if (keyBytes < 0) {
        const detail = `a windowed key takes 8 bytes or more, got ${bytes.length}`;
        throw new SerdeError('NAGARE_SERDES_BAD_BYTES', detail);
      }
      const start = readInt64(bytes, keyBytes);
      const key = inner.deserialize(topic, bytes.subarray(0, keyBytes)) as K;
      return { key, window: { start, end: Math.min(start + sizeMs, Number.MAX_SAFE_INTEGER) } };
    },
    partitionPart: (bytes: Buffer) => bytes.subarray(0, bytes.length - startBytes),
  });
}

const sessionBytes = 16;

/**
 * A key with its session as Kafka Streams writes it to topics: the key's bytes, then the session's end and its start in eight
 * each. All sessions of a key share its partition.
 *
 * @param inner - The serde of the key.
 * @example Visits of each user
 * ```ts
 * const key = sessionWindowed(string);
 * ```
 */
export function sessionWindowed<K>(inner: Serde<K>): Serde<Windowed<K>> {
  return Object.freeze({
    serialize(topic: string, value: Windowed<K> | null) {
      if (value === null) return null;
      const key = inner.serialize(topic, value.key);
      if (key === null) throw new SerdeError('NAGARE_SERDES_BAD_VALUE', 'a windowed key must not be null inside');
      const into = Buffer.allocUnsafe(key.length + sessionBytes);
      key.copy(into);
      writeInt64(into, value.window.end, key.length);
      writeInt64(into, value.window.start, key.length + 8);
      return into;
    },
    deserialize(topic: string, bytes: Buffer | null) {
      if (bytes === null) return null;
      const keyBytes = bytes.length - sessionBytes;
      if (keyBytes < 0) {
        const detail = `a key with its session takes 16 bytes or more, got ${bytes.length}`;
        throw new SerdeError('NAGARE_SERDES_BAD_BYTES', detail);
      }
      const window = { end: readInt64(bytes, keyBytes), start: readInt64(bytes, keyBytes + 8) };
      return { key: inner.deserialize(topic, bytes.subarray(0, keyBytes)) as K, window };
    },
    partitionPart: (bytes: Buffer) => bytes.subarray(0, bytes.length - sessionBytes),
  });
}
