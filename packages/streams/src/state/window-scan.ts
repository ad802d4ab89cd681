import type { SegmentRow, Segments } from './segments.ts';
import { sessionEndOf, sessionKeyOf, sessionOf, sessionStoreKey } from './session-key.ts';
import { windowKeyOf, windowStartOf, windowStoreKey } from './window-key.ts';

const sequenceMax = 0x7fffffff;

/** The starts of windows, both ends included. */
export interface WindowSpan {
  readonly from: number;
  readonly to: number;
  /** A row's key: rows behind it only, as of the same scan. */
  readonly after?: Buffer | undefined;
}

/** The rows of a key's windows, in the order of their starts. */
export function* windowsOfKey(segments: Segments, key: Buffer, { from, to, after }: WindowSpan): Iterable<SegmentRow> {
  const earliest = Math.max(0, from, segments.earliestMs, after === undefined ? 0 : windowStartOf(after));
  const low = after ?? windowStoreKey(key, earliest);
  for (const row of segments.between(earliest, to, low, windowStoreKey(key, to, sequenceMax))) {
    const [storeKey] = row;
    const isOfKey = storeKey.length === low.length && windowKeyOf(storeKey).equals(key);
    if (isOfKey && !after?.equals(storeKey)) yield row;
  }
}

/** The rows of all keys' windows, segment by segment and in each by key and start. */
export function* windowsBetween(segments: Segments, { from, to, after }: WindowSpan): Iterable<SegmentRow> {
  const earliest = Math.max(from, segments.earliestMs);
  const behind = after && { storeKey: after, timeMs: windowStartOf(after) };
  for (const row of segments.all(earliest, to, behind)) {
    const start = windowStartOf(row[0]);
    if (start >= earliest && start <= to) yield row;
  }
}

/** Which sessions of a key. */
export interface SessionSpan {
  readonly earliestEnd: number;
  readonly latestStart: number;
  /** A row's key: rows behind it only, as of the same scan. */
  readonly after?: Buffer | undefined;
}

/** The rows of a key's sessions, segment by segment and in each by end and start. */
export function* sessionsOfKey(
  segments: Segments,
  key: Buffer,
  { earliestEnd, latestStart, after }: SessionSpan,
): Iterable<SegmentRow> {
  const earliest = Math.max(0, earliestEnd, segments.earliestMs, after === undefined ? 0 : sessionEndOf(after));
  const low = after ?? sessionStoreKey(key, 0, earliest);
  const high = sessionStoreKey(key, Math.max(0, latestStart), Number.MAX_SAFE_INTEGER);
  for (const row of segments.between(earliest, Number.MAX_SAFE_INTEGER, low, high)) {
    const [storeKey] = row;
    const isOfKey = storeKey.length === low.length && sessionKeyOf(storeKey).equals(key);
    if (isOfKey && !after?.equals(storeKey) && sessionOf(storeKey).start <= latestStart) yield row;
  }
}

/** The rows of all keys' sessions by their ends, both included; segment by segment and in each by key. */
export function* sessionsEnded(segments: Segments, earliestEnd: number, latestEnd: number): Iterable<SegmentRow> {
  const earliest = Math.max(earliestEnd, segments.earliestMs);
  for (const row of segments.all(earliest, latestEnd)) {
    const end = sessionEndOf(row[0]);
    if (end >= earliest && end <= latestEnd) yield row;
  }
}
