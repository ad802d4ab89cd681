import { readInt64, type Window, writeInt64 } from '@nagare/serdes';

const suffixBytes = 16;

/** Kafka's key of a session in a store and its changelog: the key, then the session's end and its start in eight bytes each. */
export function sessionStoreKey(key: Buffer, start: number, end: number): Buffer {
  const storeKey = Buffer.allocUnsafe(key.length + suffixBytes);
  key.copy(storeKey);
  writeInt64(storeKey, end, key.length);
  writeInt64(storeKey, start, key.length + 8);
  return storeKey;
}

export function sessionOf(storeKey: Buffer): Window {
  return { start: readInt64(storeKey, storeKey.length - 8), end: sessionEndOf(storeKey) };
}

export function sessionEndOf(storeKey: Buffer): number {
  return readInt64(storeKey, storeKey.length - suffixBytes);
}

/** The key in a session's key, not copied. */
export function sessionKeyOf(storeKey: Buffer): Buffer {
  return storeKey.subarray(0, storeKey.length - suffixBytes);
}
