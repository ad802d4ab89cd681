import { type Header, noHeaders, type RawRecord } from '../record.ts';
import { type ByteStore, type Entry, keyTextOf, type StoreBatch, valueTextOf } from './byte-store.ts';
import { fromLocalKey, segmentBytes, toLocalKey } from './segments.ts';
import { sessionEndOf } from './session-key.ts';
import type { StoreSpec } from './store-spec.ts';
import { packTimestamped, plainValue, timestampBytes } from './timestamped.ts';
import { replayVersions } from './versioned-rows.ts';
import { windowStartOf } from './window-key.ts';

/** A record of a changelog topic. The time of the value is the record's own. */
export interface ChangelogRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

/** The changelog record of a change, byte for byte as Kafka Streams writes it. */
export function toChangelog(store: StoreSpec, entry: Entry): ChangelogRecord {
  const { key, timestamp } = entry;
  const value = isTimestamped(store) ? plainValue(entry) : entry.value;
  const headers = changelogHeaders(store, value);
  return { key: isSegmented(store) ? fromLocalKey(key) : key, value, timestamp, headers };
}

/** What {@link toChangelog} gives, with texts of one character for each byte: most entries have them, and need no bytes made. */
export function toChangelogTexts(store: StoreSpec, entry: Entry) {
  const key = keyTextOf(entry);
  const stored = valueTextOf(entry);
  const value = stored !== null && isTimestamped(store) ? stored.slice(timestampBytes) : stored;
  const headers = changelogHeaders(store, value);
  return { key: isSegmented(store) ? key.slice(segmentBytes) : key, value, timestamp: entry.timestamp, headers };
}

function changelogHeaders(store: StoreSpec, value: Buffer | string | null): readonly Header[] {
  return store.kind === 'bytes' && value !== null ? store.changelogHeaders : noHeaders;
}

/** What records of a changelog bring a store to. Those without a key count for nothing: compaction would not keep them. */
export function restoredFrom(
  spec: StoreSpec,
  store: ByteStore,
  records: readonly RawRecord[],
): Omit<StoreBatch, 'position'> {
  const keyed = records.filter((record): record is KeyedRecord => record.key !== null);
  return spec.kind === 'versioned'
    ? replayVersions(store, spec.historyMs, keyed)
    : { entries: keyed.map((record) => fromChangelog(spec, record)) };
}

type KeyedRecord = RawRecord & { readonly key: Buffer };

/** The change that a changelog record was made of. */
function fromChangelog(store: StoreSpec, record: KeyedRecord): Entry {
  const { key, value, timestamp } = record;
  return {
    key: localKey(store, key),
    value: value === null || !isTimestamped(store) ? value : packTimestamped(value, timestamp),
    timestamp,
  };
}

/** The largest time of records of a changelog, or -1 when the store does not forget by time. */
export function latestTimeMs(store: StoreSpec, records: readonly RawRecord[]): number {
  if (store.kind !== 'window' && store.kind !== 'session') return -1;
  const timeOf = store.kind === 'window' ? windowStartOf : sessionEndOf;
  return records.reduce((latest, { key }) => (key === null ? latest : Math.max(latest, timeOf(key))), -1);
}

function localKey(store: StoreSpec, key: Buffer): Buffer {
  switch (store.kind) {
    case 'key-value':
    case 'bytes':
    case 'versioned':
      return key;
    case 'window':
      return toLocalKey(key, windowStartOf(key), store.retentionMs);
    case 'session':
      return toLocalKey(key, sessionEndOf(key), store.retentionMs);
  }
}

function isSegmented({ kind }: StoreSpec): boolean {
  return kind === 'window' || kind === 'session';
}

function isTimestamped(store: StoreSpec): boolean {
  return store.kind === 'key-value' || (store.kind === 'window' && store.timestamped);
}
