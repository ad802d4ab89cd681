import { bytes, type Serde, string } from '@nagare/serdes';
import { type Duration, durationMs } from '../duration.ts';
import { deduplicate, deduplicateInfo } from '../operators/deduplicate.ts';
import { grouped } from './grouped.ts';
import { giveLate, lateKey, type TakesLate } from './late.ts';
import { type Stored, storeName } from './materialized.ts';
import { needSerde, type Place, placeOperator } from './node.ts';

/** Which records are duplicates, and how they are known again. */
export interface Deduplicated<K, V, I = unknown> extends Stored<K, V>, TakesLate<K, V> {
  /** How far the event times of duplicates lie apart at most (the deduplication interval of KIP-655). */
  readonly within: Duration;
  /** What equal records of a key have in common. Default: the key alone. */
  readonly by?: (key: K, value: V) => I | null;
  /** The serde of what `by` gives. */
  readonly id?: Serde<I>;
  /** How much older than the newest record one may be for its duplicates to be known for certain. Default: as `within`. */
  readonly grace?: Duration;
}

/** Adds the node, its store, and a repartition topic where keys may have changed. */
export function deduplicated<K, V, I>(from: Place<K, V>, options: Deduplicated<K, V, I>): Place<K, V> {
  const { builder } = from;
  const { key: keySerde = from.key, value = from.value, logged = true, topicConfig = {} } = options;
  const method = 'deduplicate()';
  const withinMs = durationMs(options.within, 'within');
  const graceMs = durationMs(options.grace ?? options.within, 'grace');
  const key = needSerde(keySerde, 'key', method) as Serde<K>;
  const store = storeName(builder, options.store, deduplicateInfo.node);
  const name = builder.names.node(deduplicateInfo.node, options.name);
  const at = grouped({ ...from, key: keySerde, value }, options.name ?? store, method);
  builder.addStore({
    kind: 'window',
    name: store,
    key: bytes as Serde<unknown>,
    value: string as Serde<unknown>,
    logged,
    topicConfig,
    // Both ends of the interval count.
    retentionMs: withinMs + graceMs + 1,
    windowSizeMs: withinMs,
    retainDuplicates: false,
    timestamped: true,
    ranges: true,
  });
  const late = lateKey(options.late);
  const by = idOf(options);
  const placed = placeOperator(at, deduplicate<K, V, I>({ store, withinMs, graceMs, late, by, key }), name);
  giveLate({ ...at, key: keySerde, value }, { node: name, key: late, take: options.late });
  return placed;
}

function idOf<K, V, I>({ by, id }: Deduplicated<K, V, I>) {
  if (by === undefined) return undefined;
  if (id === undefined) throw new TypeError('deduplicate() needs the serde of what `by` gives: pass { id: … }');
  return { id: by, serde: id };
}
