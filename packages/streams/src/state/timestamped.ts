import { readInt64, writeInt64 } from '@nagare/serdes';
import { type Entry, toBytes } from './byte-store.ts';

const timestampBytes = 8;

/** Kafka's local form of a value with its timestamp: eight bytes of time, then the value. */
export function packTimestamped(value: Buffer, timestamp: number): Buffer {
  const packed = Buffer.allocUnsafe(timestampBytes + value.length);
  writeInt64(packed, timestamp);
  value.copy(packed, timestampBytes);
  return packed;
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
  if (entry.valueText !== undefined) return entry.valueText === null ? null : toBytes(entry.valueText, timestampBytes);
  return entry.value === null ? null : packedValue(entry.value);
}
