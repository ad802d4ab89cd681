import type { Serde } from '@nagare/serdes';
import type { Operator } from '../operators/define-operator.ts';
import { merge } from '../operators/merge.ts';
import type { Side } from '../operators/pending-joins.ts';
import { type JoinSide, joinWindow, streamJoinSide } from '../operators/stream-join.ts';
import { checkName } from '../topology/names.ts';
import type { JoinWindows } from '../windows/join-windows.ts';
import { giveLate, lateKey, type TakesLate } from './late.ts';
import { type Named, needSerde, type Place, placeOperator, runOf, type SerdeOf } from './node.ts';
import { repartitioned } from './repartition.ts';
import type { KStream } from './stream.ts';

/** How two streams are joined; what is left out is taken from the streams, as far as it is known. */
export interface StreamJoined<K, V, VO> extends Named, TakesLate<K, V> {
  readonly key?: SerdeOf<K>;
  readonly value?: SerdeOf<V>;
  /** The serde of the other stream's values. */
  readonly otherValue?: SerdeOf<VO>;
  /** The start of the stores' names. Default: generated ones. */
  readonly store?: string;
  /** Backs the stores with changelog topics. Default: true. */
  readonly logged?: boolean;
  /** `late` for the other stream's records. */
  readonly lateOther?: ((late: KStream<K, VO>) => void) | undefined;
}

/** Gives the result of two records, or of one whose other is null. */
export type StreamJoiner<K, V, VO, V2> = (value: V | null, other: VO | null, key: K) => V2;

/** Whose records go on without a partner: nobody's, those of this stream, those of both. */
export type JoinKind = 'inner' | 'left' | 'outer';

interface Sides<K, V, VO, V2> {
  readonly own: Place<K, V>;
  readonly other: Place<K, VO>;
  readonly joiner: StreamJoiner<K, V, VO, V2>;
  readonly windows: JoinWindows;
  readonly joined: StreamJoined<K, V, VO>;
  readonly kind: JoinKind;
}

/** Adds the five nodes of a join of streams, with a window store for each side and, unless it is an inner one, a store for those who wait. */
export function joinedStream<K, V, VO, V2>(given: Sides<K, V, VO, V2>): Place<K, V2> {
  const { joined, kind, windows } = given;
  const own = sideOf(given.own, { ...joined, suffix: '-left' });
  const other = sideOf(given.other, { ...joined, value: joined.otherValue, suffix: '-right' });
  const { builder } = own;
  const sources = new Set([...own.sources, ...other.sources]);
  builder.copartition(sources);
  const names = joinNames(own, joined, kind);
  const serdes = {
    key: needSerde(own.key, 'key', 'join()'),
    left: needSerde(own.value, 'value', 'join()'),
    right: needSerde(other.value, 'value of the other stream', 'join()'),
  };
  const logged = joined.logged ?? true;
  const retentionMs = windows.sizeMs + windows.graceMs;
  const keep = (name: string, value: Serde<unknown>) =>
    builder.addStore({
      ...{ kind: 'window', name, key: serdes.key, value, logged, topicConfig: {}, ranges: true },
      ...{ retainDuplicates: true, timestamped: false, windowSizeMs: windows.sizeMs },
      retentionMs,
    });
  keep(names.ownStore, serdes.left);
  keep(names.otherStore, serdes.right);
  if (kind !== 'inner') {
    builder.addStore({ kind: 'bytes', name: names.pending, logged, topicConfig: {}, changelogHeaders: [] });
  }
  const pending = kind === 'inner' ? undefined : { ...serdes, store: names.pending };
  const { joiner } = given;
  const alone = (side: Side, value: unknown, key: K) =>
    side === 'left' ? joiner(value as V, null, key) : joiner(null, value as VO, key);
  const common = { windows, pending: pending as JoinSide<K, V, VO, V2>['pending'], alone, join: {} };
  const reversed = (value: VO, found: V | null, key: K) => joiner(found, value, key);
  const left: JoinSide<K, V, VO, V2> = {
    ...common,
    side: 'left',
    others: names.otherStore,
    joiner,
    isOuter: kind !== 'inner',
  };
  const right: JoinSide<K, VO, V, V2> = {
    ...common,
    side: 'right',
    others: names.ownStore,
    joiner: reversed,
    isOuter: kind === 'outer',
  };
  const ownWindow = placeWindow(own, { node: names.ownWindow, store: names.ownStore, retentionMs, take: joined.late });
  const otherWindow = placeWindow(other, {
    ...{ node: names.otherWindow, store: names.otherStore, retentionMs, take: joined.lateOther },
  });
  placeSide(ownWindow, streamJoinSide(left), names.ownJoin);
  placeSide(otherWindow, streamJoinSide(right), names.otherJoin);
  builder.addProcessor({ name: names.merge, parents: [names.ownJoin, names.otherJoin], run: runOf(merge().run) });
  if (kind !== 'inner') builder.takeNullKeys(names.ownJoin);
  if (kind === 'outer') builder.takeNullKeys(names.otherJoin);
  return { ...own, node: names.merge, value: undefined, sources };
}

function placeWindow<K, V>(
  from: Place<K, V>,
  given: { node: string; store: string; retentionMs: number; take: TakesLate<K, V>['late'] },
): Place<K, V> {
  const { node, take } = given;
  const late = lateKey(take);
  const placed = placeOperator(from, joinWindow<K, V>({ ...given, late }), node);
  giveLate(from, { node, key: late, take });
  return placed;
}

function placeSide<K, V, V2>(from: Place<K, V>, operator: Operator<K, V, K, V2>, name: string): void {
  placeOperator(from, operator, name);
}

/** A stream with the serdes that it is joined with, repartitioned if its key may have changed. */
function sideOf<K, V>(
  from: Place<K, V>,
  options: Named & {
    readonly key?: SerdeOf<K> | undefined;
    readonly value?: SerdeOf<V> | undefined;
    readonly suffix: string;
  },
): Place<K, V> {
  const { name, key = from.key, value = from.value, suffix } = options;
  if (!from.needsRepartition) return { ...from, key, value };
  const prefix = name === undefined ? from.node : checkName(name + suffix, 'The repartition topic');
  return repartitioned(from, { prefix, key, value, method: 'join()' });
}

/** Numbers are taken also where the names do not use them, as in Kafka Streams. */
function joinNames<K, V, VO>(
  { builder: { names } }: Place<K, V>,
  { name, store }: StreamJoined<K, V, VO>,
  kind: JoinKind,
) {
  const ownSuffix = kind === 'outer' ? '-outer-this-join' : '-this-join';
  const otherSuffix = kind === 'inner' ? '-other-join' : '-outer-other-join';
  const node = (suffix: string, prefix: string) => names.node(prefix, name && name + suffix);
  const ownWindow = node('-this-windowed', 'KSTREAM-WINDOWED');
  const otherWindow = node('-other-windowed', 'KSTREAM-WINDOWED');
  const own = names.node(kind === 'outer' ? 'KSTREAM-OUTERTHIS' : 'KSTREAM-JOINTHIS');
  const other = names.node(kind === 'inner' ? 'KSTREAM-JOINOTHER' : 'KSTREAM-OUTEROTHER');
  const shared = store && `${store}${kind === 'outer' ? '-outer-shared-join' : '-left-shared-join'}`;
  return {
    ownWindow,
    otherWindow,
    ownJoin: name === undefined ? own : checkName(name + ownSuffix, 'The node'),
    otherJoin: name === undefined ? other : checkName(name + otherSuffix, 'The node'),
    merge: node('-merge', 'KSTREAM-MERGE'),
    ownStore: checkName(`${store === undefined ? own : store + ownSuffix}-store`, 'The store'),
    otherStore: checkName(`${store === undefined ? other : store + otherSuffix}-store`, 'The store'),
    pending: `${shared ?? `KSTREAM-OUTERSHARED-${own.slice(-10)}`}-store`,
  };
}
