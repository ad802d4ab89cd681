import { type Header, noHeaders, type RawRecord } from '../record.ts';
import type { Entry } from './byte-store.ts';
import { fromLocalKey, toLocalKey } from './segments.ts';
import { sessionEndOf } from './session-key.ts';
import type { StoreSpec } from './store-spec.ts';
import { packedValue, packTimestamped } from './timestamped.ts';
import { windowStartOf } from './window-key.ts';

/** A record of a changelog topic. The time of the value is the record's own. */
export interface ChangelogRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

/** The changelog record of a change, byte for byte as Kafka Streams writes it. */
export function toChangelog(store: StoreSpec, { key, value, timestamp }: Entry): ChangelogRecord {
  return {
    key: isSegmented(store) ? fromLocalKey(key) : key,
    value: value === null || !isTimestamped(store) ? value : packedValue(value),
    timestamp,
    headers: store.kind === 'bytes' && value !== null ? store.changelogHeaders : noHeaders,
  };
}

/** The change that a changelog record was made of. A record without a key is none: compaction would not keep it. */
export function fromChangelog(store: StoreSpec, record: RawRecord): Entry | undefined {
  const { key, value, timestamp } = record;
  if (key === null) return undefined;
  return {
    key: localKey(store, key),
    value: value === null || !isTimestamped(store) ? value : packTimestamped(value, timestamp),
    timestamp,
  };
}

function localKey(store: StoreSpec, key: Buffer): Buffer {
  switch (store.kind) {
    case 'key-value':
    case 'bytes':
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
