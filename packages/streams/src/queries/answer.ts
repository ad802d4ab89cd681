import type { TaskStore } from '../core/task.ts';
import { StreamsError } from '../errors.ts';
import type { ObservedTime } from '../operators/define-operator.ts';
import { type SegmentRow, Segments } from '../state/segments.ts';
import { sessionKeyOf, sessionOf, sessionStoreKey } from '../state/session-key.ts';
import type { KeyValueStoreSpec, SessionStoreSpec, VersionedStoreSpec, WindowStoreSpec } from '../state/store-spec.ts';
import { packedValue, timestampOf } from '../state/timestamped.ts';
import { VersionedRows } from '../state/versioned-rows.ts';
import type { LatestVersion, PastVersion } from '../state/versioned-versions.ts';
import { windowKeyOf, windowOf, windowStoreKey } from '../state/window-key.ts';
import { sessionsOfKey, windowsBetween, windowsOfKey } from '../state/window-scan.ts';
import type { WriteBuffer } from '../state/write-buffer.ts';
import { type Ask, type AskOf, type Page, pageBytesMax, type RawRow } from './ask.ts';

/** A row, and the key of the store that a page can go on behind. */
type PlacedRow = RawRow & { readonly at: Buffer };

/**
 * Answers a question from a store of a task, as the task itself would see it: what it has processed, committed or not.
 *
 * It only reads. Nothing waits, so that a page shows the store between two records.
 *
 * @param observed - The time of a store that forgets by time.
 * @throws {StreamsError} `NAGARE_STREAMS_QUERY_STORE` when the store is of another kind,
 * `NAGARE_STREAMS_STORE_NOT_ORDERED` when it was made without ranges.
 */
export function answer({ spec, buffer }: TaskStore, observed: ObservedTime, ask: Ask): Page {
  switch (spec.kind) {
    case 'key-value':
      return ofRows(spec, buffer, ask);
    case 'versioned':
      return ofVersions(spec, buffer, ask);
    case 'window':
      return ofWindows(spec, new Segments(buffer, spec.retentionMs, observed), ask);
    case 'session':
      return ofSessions(spec, new Segments(buffer, spec.retentionMs, observed), ask);
    case 'bytes':
      throw unfit(spec.name, 'a store of an operator', ask);
  }
}

function ofRows(spec: KeyValueStoreSpec, buffer: WriteBuffer, ask: Ask): Page {
  switch (ask.kind) {
    case 'get': {
      const packed = buffer.get(ask.key);
      return { rows: packed === undefined ? [] : [unpacked(ask.key, packed)] };
    }
    case 'range':
      needRanges(spec);
      return pageOf(rowsBetween(buffer, ask), ask.limit);
    case 'count': {
      const { count } = buffer;
      if (count === undefined) throw withoutRanges(spec.name);
      return { rows: [], count };
    }
    default:
      throw unfit(spec.name, 'a key-value store', ask);
  }
}

function* rowsBetween(buffer: WriteBuffer, { from, to, after }: AskOf<'range'>): Iterable<PlacedRow> {
  for (const [key, packed] of buffer.range(after ?? from, to)) {
    if (after === undefined || !key.equals(after)) yield { ...unpacked(key, packed), at: key };
  }
}

function unpacked(key: Buffer, packed: Buffer): RawRow {
  return { key, value: packedValue(packed), timestamp: timestampOf(packed) };
}

function ofVersions(spec: VersionedStoreSpec, buffer: WriteBuffer, ask: Ask): Page {
  const rows = new VersionedRows(buffer, spec.historyMs);
  switch (ask.kind) {
    case 'version': {
      const { key, asOf } = ask;
      const found = asOf === undefined ? rows.latest(key) : rows.at(key, asOf);
      return { rows: versionRows(key, found === undefined ? [] : [found]) };
    }
    case 'versions':
      return { rows: versionRows(ask.key, rows.between(ask.key, ask.from, ask.to)) };
    default:
      throw unfit(spec.name, 'a versioned store', ask);
  }
}

function versionRows(key: Buffer, versions: readonly (LatestVersion | PastVersion)[]): RawRow[] {
  return versions.flatMap((version) => {
    const { value, from: timestamp } = version;
    if (value === null) return [];
    return 'to' in version ? [{ key, value, timestamp, validTo: version.to }] : [{ key, value, timestamp }];
  });
}

function ofWindows(spec: WindowStoreSpec, segments: Segments, ask: Ask): Page {
  switch (ask.kind) {
    case 'window': {
      const storeKey = windowStoreKey(ask.key, ask.start);
      const stored = segments.get(storeKey, ask.start);
      return { rows: stored === undefined ? [] : [windowRow(spec, [storeKey, stored])] };
    }
    case 'windows':
      needRanges(spec);
      return pageOf(windowRows(spec, windowsOfKey(segments, ask.key, ask)), ask.limit);
    case 'all-windows':
      needRanges(spec);
      return pageOf(windowRows(spec, windowsBetween(segments, ask)), ask.limit);
    default:
      throw unfit(spec.name, 'a window store', ask);
  }
}

function* windowRows(spec: WindowStoreSpec, rows: Iterable<SegmentRow>): Iterable<PlacedRow> {
  for (const row of rows) yield windowRow(spec, row);
}

function windowRow({ timestamped, windowSizeMs }: WindowStoreSpec, [storeKey, stored]: SegmentRow): PlacedRow {
  const window = windowOf(storeKey, windowSizeMs);
  return {
    key: windowKeyOf(storeKey),
    value: timestamped ? packedValue(stored) : stored,
    timestamp: timestamped ? timestampOf(stored) : window.start,
    window,
    at: storeKey,
  };
}

function ofSessions(spec: SessionStoreSpec, segments: Segments, ask: Ask): Page {
  switch (ask.kind) {
    case 'session': {
      const storeKey = sessionStoreKey(ask.key, ask.start, ask.end);
      const stored = segments.get(storeKey, ask.end);
      return { rows: stored === undefined ? [] : [sessionRow([storeKey, stored])] };
    }
    case 'sessions':
      return pageOf(sessionRows(sessionsOfKey(segments, ask.key, ask)), ask.limit);
    default:
      throw unfit(spec.name, 'a session store', ask);
  }
}

function* sessionRows(rows: Iterable<SegmentRow>): Iterable<PlacedRow> {
  for (const row of rows) yield sessionRow(row);
}

function sessionRow([storeKey, value]: SegmentRow): PlacedRow {
  const window = sessionOf(storeKey);
  return { key: sessionKeyOf(storeKey), value, timestamp: window.end, window, at: storeKey };
}

/** Takes rows up to the bounds of a page, and notes where it ended when there are more. */
function pageOf(rows: Iterable<PlacedRow>, limit: number): Page {
  const taken: RawRow[] = [];
  let bytes = 0;
  let last: Buffer | undefined;
  for (const { at, ...row } of rows) {
    if (taken.length >= limit || bytes > pageBytesMax) return { rows: taken, next: last };
    taken.push(row);
    bytes += row.key.length + row.value.length;
    last = at;
  }
  return { rows: taken };
}

function needRanges({ name, ranges }: KeyValueStoreSpec | WindowStoreSpec): void {
  if (!ranges) throw withoutRanges(name);
}

function withoutRanges(name: string): StreamsError {
  return new StreamsError('NAGARE_STREAMS_STORE_NOT_ORDERED', `${name}; make it with { ranges: true }`);
}

function unfit(name: string, kind: string, ask: Ask): StreamsError {
  return new StreamsError('NAGARE_STREAMS_QUERY_STORE', `${name} is ${kind}, which has no answer to ${ask.kind}`);
}
