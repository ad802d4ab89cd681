import type { RawRecord } from '../record.ts';
import type { Entry } from './byte-store.ts';
import type { StoreSpec } from './store-spec.ts';
import { packedValue, packTimestamped } from './timestamped.ts';
import { fromWindowLocalKey, toWindowLocalKey } from './window-key.ts';

/** A record of a changelog topic. The time of the value is the record's own. */
export interface ChangelogRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

/** The changelog record of a change, byte for byte as Kafka Streams writes it. */
export function toChangelog(store: StoreSpec, { key, value, timestamp }: Entry): ChangelogRecord {
  return {
    key: store.kind === 'window' ? fromWindowLocalKey(key) : key,
    value: value === null ? null : packedValue(value),
    timestamp,
  };
}

/** The change that a changelog record was made of. A record without a key is none: compaction would not keep it. */
export function fromChangelog(store: StoreSpec, record: RawRecord): Entry | undefined {
  const { key, value, timestamp } = record;
  if (key === null) return undefined;
  return {
    key: store.kind === 'window' ? toWindowLocalKey(key, store.retentionMs) : key,
    value: value === null ? null : packTimestamped(value, timestamp),
    timestamp,
  };
}
