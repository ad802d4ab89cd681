import { readInt64, writeInt64 } from '@nagare/serdes';
import { type Entry, toBytes, toText } from './byte-store.ts';

/** What stands in front of a value to say its time. */
export const timestampBytes = 8;

/** Kafka's local form of a value with its timestamp: eight bytes of time, then the value. */
export function packTimestamped(value: Buffer, timestamp: number): Buffer {
  const packed = Buffer.allocUnsafe(timestampBytes + value.length);
  writeInt64(packed, timestamp);
  value.copy(packed, timestampBytes);
  return packed;
}

/** Where short values are put together with their timestamps, by the length of both. */
const rooms = Array.from({ length: 2 * timestampBytes + 1 }, (_, length) => Buffer.alloc(length));

/** What {@link packTimestamped} gives, as a text. */
export function timestampedText(value: Buffer, timestamp: number): string {
  const packed = rooms[timestampBytes + value.length];
  if (packed === undefined) return toText(packTimestamped(value, timestamp));
  writeInt64(packed, timestamp);
  for (let at = 0; at < value.length; at += 1) packed[timestampBytes + at] = value[at] as number;
  return toText(packed);
}

/** The timestamp of a text that {@link timestampedText} gave. */
export function timestampIn(text: string): number {
  return wordIn(text, 0) * 2 ** 32 + (wordIn(text, 4) >>> 0);
}

function wordIn(text: string, at: number): number {
  const high = (text.charCodeAt(at) << 24) | (text.charCodeAt(at + 1) << 16);
  return high | (text.charCodeAt(at + 2) << 8) | text.charCodeAt(at + 3);
}

/** The value's bytes of a text that {@link timestampedText} gave. */
export function valueBytesIn(text: string): Buffer {
  return toBytes(text, timestampBytes);
}

export function timestampOf(packed: Buffer): number {
  return readInt64(packed);
}

/** The value's bytes, not copied. */
export function packedValue(packed: Buffer): Buffer {
  return packed.subarray(timestampBytes);
}

/** The value's bytes alone, in an entry that has them with their timestamp. */
export function plainValue(entry: Entry): Buffer | null {
  if (entry.valueText !== undefined) return entry.valueText === null ? null : valueBytesIn(entry.valueText);
  return entry.value === null ? null : packedValue(entry.value);
}
