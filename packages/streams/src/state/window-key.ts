import { readInt64, type Window, writeInt64 } from '@nagare/serdes';

const suffixBytes = 12;

/**
 * Kafka's key of a window in a store and its changelog: the key, the window's start in eight bytes, and a sequence number in
 * four, which is 0 unless duplicates are kept.
 */
export function windowStoreKey(key: Buffer, windowStart: number, sequence = 0): Buffer {
  const storeKey = Buffer.allocUnsafe(key.length + suffixBytes);
  key.copy(storeKey);
  writeInt64(storeKey, windowStart, key.length);
  storeKey.writeInt32BE(sequence, key.length + 8);
  return storeKey;
}

export function windowStartOf(storeKey: Buffer): number {
  return readInt64(storeKey, storeKey.length - suffixBytes);
}

/** The window in a window's key. One whose end would be beyond all times ends with the last of them, as in Kafka Streams. */
export function windowOf(storeKey: Buffer, sizeMs: number): Window {
  const start = windowStartOf(storeKey);
  return { start, end: Math.min(start + sizeMs, Number.MAX_SAFE_INTEGER) };
}

/** The key in a window's key, not copied. */
export function windowKeyOf(storeKey: Buffer): Buffer {
  return storeKey.subarray(0, storeKey.length - suffixBytes);
}
