import { readInt64, writeInt64 } from '@nagare/serdes';

const segmentBytes = 8;
const suffixBytes = 12;
const segmentIntervalMsMin = 60_000;

/**
 * Kafka's key of a window in a store and its changelog: the key, the window's start in eight bytes, and a sequence number in
 * four, which is 0 unless duplicates are kept.
 */
export function windowStoreKey(key: Buffer, windowStart: number): Buffer {
  const storeKey = Buffer.allocUnsafe(key.length + suffixBytes);
  key.copy(storeKey);
  writeInt64(storeKey, windowStart, key.length);
  storeKey.writeInt32BE(0, key.length + 8);
  return storeKey;
}

export function windowStartOf(storeKey: Buffer): number {
  return readInt64(storeKey, storeKey.length - suffixBytes);
}

/** The segment that a window lies in. Segments leave a store whole when they are older than its retention. */
export function segmentOf(windowStart: number, retentionMs: number): number {
  return Math.floor(windowStart / Math.max(retentionMs / 2, segmentIntervalMsMin));
}

/** The first key of a segment: all keys of earlier ones are below it. */
export function segmentStartKey(segment: number): Buffer {
  const bytes = Buffer.allocUnsafe(segmentBytes);
  writeInt64(bytes, segment);
  return bytes;
}

/** The local key: the segment in front, so that an old segment is one range of keys. */
export function toWindowLocalKey(storeKey: Buffer, retentionMs: number): Buffer {
  const localKey = Buffer.allocUnsafe(segmentBytes + storeKey.length);
  writeInt64(localKey, segmentOf(windowStartOf(storeKey), retentionMs));
  storeKey.copy(localKey, segmentBytes);
  return localKey;
}

export function fromWindowLocalKey(localKey: Buffer): Buffer {
  return localKey.subarray(segmentBytes);
}
