import { readInt64, writeInt64 } from '@nagare/serdes';

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
