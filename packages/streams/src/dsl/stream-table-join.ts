import type { Serde } from '@nagare/serdes';
import { type Duration, durationMs } from '../duration.ts';
import { type JoinGrace, joinInfo, joinTable, leftJoinInfo, leftJoinTable } from '../operators/join-stream-table.ts';
import { needSerde, type Place, place, placeOperator } from './node.ts';
import { repartitioned } from './repartition.ts';
import type { Produced } from './stream.ts';
import type { KTable } from './table.ts';
import { rows } from './table-rows.ts';

/** How a stream is joined with a table. */
export interface Joined<K, V> extends Produced<K, V> {
  /**
   * How long records of the stream wait for rows that come late (KIP-923), of the stream's own time. The table must be versioned, with at
   * least that much of a history. Default: they do not wait.
   */
  readonly grace?: Duration;
}

/** Adds the node that joins a stream with a table, and the buffer that records wait in if there is a grace. */
export function joinedWithTable<K, V, VT, V2>(
  from: Place<K, V>,
  table: KTable<K, VT>,
  { joiner, isLeft }: { readonly joiner: (value: V, row: VT | null, key: K) => V2; readonly isLeft: boolean },
  joined: Joined<K, V>,
): Place<K, V2> {
  const at = joinable(from, table, joined);
  const view = table[rows].view();
  const node = at.builder.names.node((isLeft ? leftJoinInfo : joinInfo).node, joined.name);
  const grace = joined.grace === undefined ? undefined : addBuffer(at, table, { ...joined, grace: joined.grace, node });
  const operator = (isLeft ? leftJoinTable : joinTable)<K, V, VT, V2>(view, joiner, grace);
  if (isLeft) at.builder.takeNullKeys(node);
  return placeOperator(at, operator, node);
}

/** The stream, repartitioned if its key may have changed, and bound to as many partitions as the table. */
function joinable<K, V, VT>(known: Place<K, V>, table: KTable<K, VT>, joined: Produced<K, V>): Place<K, V> {
  const { name: prefix = known.node, key = known.key, value = known.value } = joined;
  const at = known.needsRepartition ? repartitioned(known, { prefix, key, value, method: 'join()' }) : known;
  const sources = new Set([...at.sources, ...table[place].sources]);
  known.builder.copartition(sources);
  return { ...at, sources };
}

function addBuffer<K, V, VT>(
  at: Place<K, V>,
  table: KTable<K, VT>,
  { node, key = at.key, value = at.value, grace }: Joined<K, V> & { readonly grace: Duration; readonly node: string },
): JoinGrace<K, V> {
  const graceMs = durationMs(grace, 'grace');
  const { historyMs } = table[rows];
  if (historyMs === undefined) throw new TypeError('a join with a grace needs a versioned table: give it a history');
  if (graceMs > historyMs) {
    throw new RangeError(`grace must be at most the table's history of ${historyMs} ms, got ${graceMs}`);
  }
  const store = `${node}-Buffer`;
  at.builder.addStore({ kind: 'bytes', name: store, logged: true, topicConfig: {}, changelogHeaders: [] });
  return {
    ...{ graceMs, store, topic: node },
    key: needSerde(key, 'key', 'join()') as Serde<K>,
    value: needSerde(value, 'value', 'join()') as Serde<V>,
  };
}
