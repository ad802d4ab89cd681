import { readInt64, writeInt64 } from '@nagare/serdes';
import type { ByteStore } from './byte-store.ts';
import { segmentOf } from './segments.ts';
import { packedValue, packTimestamped, timestampOf } from './timestamped.ts';
import {
  appendPast,
  decodePast,
  encodePast,
  type LatestVersion,
  type PastVersion,
  type Versions,
  versionAt,
  withVersion,
} from './versioned-versions.ts';
import { type PendingCommit, WriteBuffer } from './write-buffer.ts';

/** What became of a version that was put: it is the row now, or one of the past, or was older than the history and not taken. */
export type VersionPut = 'latest' | 'past' | 'refused';

const pastPrefix = 0;
const latestPrefix = 1;
const timeKey = Buffer.from([2]);
const unknownTimeMs = -1;

/** The past of a key in one piece, and the segment that it lies in; undefined when there is none. */
interface StoredPast {
  readonly segment: number | undefined;
  readonly bytes: Buffer;
}

const noPast: StoredPast = { segment: undefined, bytes: Buffer.alloc(0) };

/**
 * The bytes of rows as they are and as they were, for as long as the history.
 *
 * The row that a key has lies by itself. Its past lies in one piece, in the segment of the time in which it ended, so that
 * what has left the history leaves the store whole, also for keys that never come again. Time is the largest one
 * put so far; the store has it too, since a restore that goes on must refuse what the task has refused.
 */
export class VersionedRows {
  readonly #buffer: WriteBuffer;
  readonly #historyMs: number;

  constructor(buffer: WriteBuffer, historyMs: number) {
    this.#buffer = buffer;
    this.#historyMs = historyMs;
  }

  /** Puts a row, or with null a deletion, of a time. */
  put(key: Buffer, value: Buffer | null, timestamp: number): VersionPut {
    if (timestamp < this.#earliestMs) return 'refused';
    this.#advance(timestamp);
    const latest = this.latest(key);
    const stored = this.#storedPast(key);
    if (latest !== undefined && timestamp > latest.from) {
      const bytes = appendPast(stored.bytes, { ...latest, to: timestamp }, this.#earliestMs);
      this.#putLatest(key, value === null ? undefined : { from: timestamp, value }, timestamp);
      this.#putPast(key, { segment: this.#segmentOf(timestamp), bytes }, { before: stored, timestamp });
      return 'latest';
    }
    const past = decodePast(stored.bytes);
    const { versions, isLatest } = withVersion({ latest, past }, timestamp, value);
    if (versions.latest !== latest) this.#putLatest(key, versions.latest, timestamp);
    if (versions.past !== past) this.#putPast(key, this.#encoded(versions.past), { before: stored, timestamp });
    return isLatest ? 'latest' : 'past';
  }

  latest(key: Buffer): LatestVersion | undefined {
    const packed = this.#buffer.get(latestKey(key));
    return packed === undefined ? undefined : { from: timestampOf(packed), value: packedValue(packed) };
  }

  /** The row of a time. Of times before the history only the row that a key has now is known. */
  at(key: Buffer, timestamp: number): PastVersion | LatestVersion | undefined {
    const latest = this.latest(key);
    if (latest !== undefined && latest.from <= timestamp) return latest;
    return timestamp < this.#earliestMs
      ? undefined
      : versionAt({ latest, past: decodePast(this.#storedPast(key).bytes) }, timestamp);
  }

  /** The rows that held at some time from `from` to `to`, both included, the earliest first. */
  between(key: Buffer, from: number, to: number): (PastVersion | LatestVersion)[] {
    const latest = this.latest(key);
    const earliest = this.#earliestMs;
    const past: (PastVersion | LatestVersion)[] = decodePast(this.#storedPast(key).bytes).filter(
      (each) => each.value !== null && each.from <= to && each.to > from && each.to > earliest,
    );
    if (latest !== undefined && latest.from <= to) past.push(latest);
    return past;
  }

  get #observedMs(): number {
    const bytes = this.#buffer.get(timeKey);
    return bytes === undefined ? unknownTimeMs : readInt64(bytes);
  }

  get #earliestMs(): number {
    return this.#observedMs - this.#historyMs;
  }

  #advance(timestamp: number): void {
    const observed = this.#observedMs;
    if (timestamp <= observed) return;
    const bytes = Buffer.allocUnsafe(8);
    writeInt64(bytes, timestamp);
    this.#buffer.put(timeKey, bytes, timestamp);
    const first = this.#firstSegment(timestamp);
    if (first > this.#firstSegment(observed)) this.#buffer.dropBelow(pastKey(first, Buffer.alloc(0)));
  }

  #firstSegment(observedMs: number): number {
    return this.#segmentOf(Math.max(0, observedMs - this.#historyMs));
  }

  #segmentOf(timeMs: number): number {
    return segmentOf(timeMs, this.#historyMs);
  }

  /** Finds the past of a key: there are only a few segments, and that of a key that is often put is among the last. */
  #storedPast(key: Buffer): StoredPast {
    const observed = this.#observedMs;
    const first = this.#firstSegment(observed);
    for (let segment = this.#segmentOf(observed); segment >= first; segment -= 1) {
      const bytes = this.#buffer.get(pastKey(segment, key));
      if (bytes !== undefined) return { segment, bytes };
    }
    return noPast;
  }

  #encoded(past: readonly PastVersion[]): StoredPast {
    const earliest = this.#earliestMs;
    const kept = past.filter(({ to }) => to > earliest);
    const last = kept.at(-1);
    return last === undefined ? noPast : { segment: this.#segmentOf(last.to), bytes: encodePast(kept) };
  }

  #putLatest(key: Buffer, latest: Versions['latest'], timestamp: number): void {
    const packed = latest === undefined ? null : packTimestamped(latest.value, latest.from);
    this.#buffer.put(latestKey(key), packed, timestamp);
  }

  #putPast(
    key: Buffer,
    { segment, bytes }: StoredPast,
    { before, timestamp }: { readonly before: StoredPast; readonly timestamp: number },
  ): void {
    if (before.segment !== undefined && before.segment !== segment) {
      this.#buffer.put(pastKey(before.segment, key), null, timestamp);
    }
    if (segment !== undefined) this.#buffer.put(pastKey(segment, key), bytes, timestamp);
  }
}

/** What puts of a changelog bring a store to, in the order of the changelog. */
export function replayVersions(
  store: ByteStore,
  historyMs: number,
  puts: Iterable<{ readonly key: Buffer; readonly value: Buffer | null; readonly timestamp: number }>,
): PendingCommit {
  const buffer = new WriteBuffer(store);
  const rows = new VersionedRows(buffer, historyMs);
  for (const { key, value, timestamp } of puts) rows.put(key, value, timestamp);
  return buffer.pending();
}

function latestKey(key: Buffer): Buffer {
  return Buffer.concat([Buffer.from([latestPrefix]), key]);
}

/** The past lies in front of everything else, so that a bound can drop its segments. */
function pastKey(segment: number, key: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(9 + key.length);
  bytes[0] = pastPrefix;
  writeInt64(bytes, segment, 1);
  key.copy(bytes, 9);
  return bytes;
}
