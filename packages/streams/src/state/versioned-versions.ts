import { readInt64, writeInt64 } from '@nagare/serdes';

/** A row of the past, and the time in which it was the row of its key: from `from` until just before `to`. */
export interface PastVersion {
  readonly from: number;
  /** The start of the row after it, or the time of its deletion. */
  readonly to: number;
  /** Null while there was no row. */
  readonly value: Buffer | null;
}

/** The row that a key has now. */
export interface LatestVersion {
  readonly from: number;
  readonly value: Buffer;
}

/** All that is known of a key. Past versions do not overlap and are in the order of their times. */
export interface Versions {
  readonly latest: LatestVersion | undefined;
  readonly past: readonly PastVersion[];
}

/**
 * Puts a row, or with null a deletion, into the versions of its key.
 *
 * It does what Kafka Streams' store does to the letter. So a deletion at the very time of the only row leaves no trace, and
 * an earlier row that comes after it is the row of the key again.
 *
 * @returns The versions then, and whether none that is known is later than this one.
 */
export function withVersion(
  { latest, past }: Versions,
  timestamp: number,
  value: Buffer | null,
): { readonly versions: Versions; readonly isLatest: boolean } {
  const newest = value === null ? undefined : { from: timestamp, value };
  if (latest !== undefined && timestamp >= latest.from) {
    const closed = timestamp === latest.from ? past : [...past, { ...latest, to: timestamp }];
    return { versions: { latest: newest, past: closed }, isLatest: true };
  }
  const at = past.findIndex(({ from, to }) => from <= timestamp && timestamp < to);
  if (at >= 0) return { versions: { latest, past: replaced(past, at, timestamp, value) }, isLatest: false };
  const next = past.findIndex(({ from }) => from > timestamp);
  const to = past[next]?.from ?? latest?.from;
  if (to !== undefined) {
    const before = next < 0 ? past.length : next;
    return { versions: { latest, past: past.toSpliced(before, 0, { from: timestamp, to, value }) }, isLatest: false };
  }
  const isKnown = value !== null || past.some((each) => each.to === timestamp);
  const closed = isKnown ? past : [...past, { from: timestamp, to: timestamp, value: null }];
  return { versions: { latest: newest, past: closed }, isLatest: true };
}

/** Ends the version that holds at a time, and puts another one in the rest of its time. */
function replaced(past: readonly PastVersion[], at: number, timestamp: number, value: Buffer | null): PastVersion[] {
  const { from, to, value: before } = past[at] as PastVersion;
  const rest = { from: timestamp, to, value };
  return from === timestamp ? past.with(at, rest) : past.toSpliced(at, 1, { from, to: timestamp, value: before }, rest);
}

/** The version of a time, if there was a row then. */
export function versionAt({ latest, past }: Versions, timestamp: number): PastVersion | LatestVersion | undefined {
  if (latest !== undefined && latest.from <= timestamp) return latest;
  const found = past.findLast(({ from, to }) => from <= timestamp && timestamp < to);
  return found?.value === null ? undefined : found;
}

const headBytes = 20;

/** Versions of the past in one piece: from, to, the length of the value, or -1 for none, and the value, one after the other. */
export function encodePast(past: readonly PastVersion[]): Buffer {
  const bytes = Buffer.allocUnsafe(past.reduce((sum, { value }) => sum + headBytes + (value?.length ?? 0), 0));
  let at = 0;
  for (const { from, to, value } of past) {
    writeInt64(bytes, from, at);
    writeInt64(bytes, to, at + 8);
    bytes.writeInt32BE(value?.length ?? -1, at + 16);
    at += headBytes;
    if (value !== null) at += value.copy(bytes, at);
  }
  return bytes;
}

/**
 * Adds the latest of versions to those in one piece, and leaves out those that were over by a time. A key that is often put has
 * many, and none of them is decoded.
 */
export function appendPast(past: Buffer, version: PastVersion, earliestMs: number): Buffer {
  let at = 0;
  while (at < past.length && readInt64(past, at + 8) <= earliestMs) {
    at += headBytes + Math.max(past.readInt32BE(at + 16), 0);
  }
  return Buffer.concat([past.subarray(at), encodePast([version])]);
}

/** Reads what {@link encodePast} gives. */
export function decodePast(bytes: Buffer): PastVersion[] {
  const past: PastVersion[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readInt32BE(at + 16);
    const value = length < 0 ? null : bytes.subarray(at + headBytes, at + headBytes + length);
    past.push({ from: readInt64(bytes, at), to: readInt64(bytes, at + 8), value });
    at += headBytes + Math.max(length, 0);
  }
  return past;
}
