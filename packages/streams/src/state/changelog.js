import { packedValue, packTimestamped } from './timestamped.js';
import { fromWindowLocalKey, toWindowLocalKey } from './window-key.js';
/** The changelog record of a change, byte for byte as Kafka Streams writes it. */
export function toChangelog(store, { key, value, timestamp }) {
  return {
    key: store.kind === 'window' ? fromWindowLocalKey(key) : key,
    value: value === null ? null : packedValue(value),
    timestamp,
  };
}
/** The change that a changelog record was made of. A record without a key is none: compaction would not keep it. */
export function fromChangelog(store, record) {
  const { key, value, timestamp } = record;
  if (key === null) return undefined;
  return {
    key: store.kind === 'window' ? toWindowLocalKey(key, store.retentionMs) : key,
    value: value === null ? null : packTimestamped(value, timestamp),
    timestamp,
  };
}
//# sourceMappingURL=changelog.js.map
