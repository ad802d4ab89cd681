import type { Windowed } from '@nagare/serdes';
import type { Change } from '../change.ts';
import type { Aggregator } from '../operators/aggregate.ts';
import { cogroup, cogroupInfo } from '../operators/cogroup.ts';
import type { Operator } from '../operators/define-operator.ts';
import type { LateKey } from '../operators/late-records.ts';
import { merge } from '../operators/merge.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import type { SlidingWindows } from '../windows/sliding-windows.ts';
import type { TimeWindows } from '../windows/time-windows.ts';
import type { UnlimitedWindows } from '../windows/unlimited-windows.ts';
import { grouped, type KGroupedStream } from './grouped.ts';
import { giveLate, lateKey, type TakesLate } from './late.ts';
import {
  type Expires,
  historyOf,
  type Materialized,
  storeName,
  tableSpec,
  type WindowMaterialized,
} from './materialized.ts';
import { type Place, placeOperator, runOf, type SerdeOf } from './node.ts';
import { KTable } from './table.ts';
import { KeptRows } from './table-rows.ts';
import { storeView } from './table-view.ts';
import { sessionSteps } from './windowed.ts';
import {
  type WindowSteps,
  type Windows,
  windowClosing,
  windowedKey,
  windowOperator,
  windowRows,
  windowSpec,
} from './windowed-table.ts';

const mergeNode = 'COGROUPKSTREAM-MERGE';

/** The key of the property by which a group tells where it stands. */
export const grouping = Symbol('grouping');

/** Where a grouped stream stands, and the start of its repartition topic's name if one was given. */
export interface Grouping<K, V> {
  readonly from: Place<K, V>;
  readonly name: string | undefined;
}

/** A grouped stream that is gathered with others, and how its values are added. */
interface Group<K, A> extends Grouping<K, unknown> {
  readonly add: Aggregator<K, unknown, A>;
  readonly late: TakesLate<K, unknown>['late'];
  /** Where it is once it has gone through its repartition topic, which all aggregations share. */
  repartitioned: Place<K, unknown> | undefined;
}

type Given<K, A> = WindowMaterialized<K, A> & { readonly value: SerdeOf<A> };

/** Grouped streams that are to be gathered into one state for each key (KIP-150). All are partitioned alike. */
export class CogroupedKStream<K, A> {
  readonly #groups: Group<K, A>[] = [];

  /**
   * Adds a group, and says how its values are added.
   *
   * @param options.late - Is given the group's records that come too late for windows; called for each aggregation in windows.
   */
  cogroup<V>(group: KGroupedStream<K, V>, add: Aggregator<K, V, A>, { late }: TakesLate<K, V> = {}): this {
    const { from, name } = group[grouping];
    lateKey(late);
    const added = { from: from as Place<K, unknown>, name, repartitioned: undefined };
    const own = { add: add as Aggregator<K, unknown, A>, late: late as TakesLate<K, unknown>['late'] };
    this.#groups.push({ ...added, ...own });
    return this;
  }

  /** Gathers the values of each key of all groups: `cogroup`. */
  aggregate(initialize: () => A, options: Materialized<K, A> & Expires & { readonly value: SerdeOf<A> }): KTable<K, A> {
    const { builder, key, store } = storeOf(this.#groups, options);
    builder.addStore(tableSpec<K, A>(store, options, { key, value: options.value, method: 'cogroup()' }));
    const sent = new KeptRows<K, A>(storeView(store, historyOf(options)));
    const operatorOf = ({ add }: Group<K, A>) => cogroup<K, unknown, A>({ store, initialize, add }, sent);
    const at = placeGroups(this.#groups, { ...options, store }, operatorOf);
    return new KTable<K, A>({ ...at, key, value: options.value } as Place<K, A | null>, sent);
  }

  /** Gathers within sessions. */
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, A>;
  /** Gathers within windows of time. */
  windowedBy(windows: TimeWindows | SlidingWindows | UnlimitedWindows): TimeWindowedCogroupedKStream<K, A>;
  windowedBy(windows: Windows): TimeWindowedCogroupedKStream<K, A> | SessionWindowedCogroupedKStream<K, A> {
    const gatherIn: Gather<K, A> = (steps, options) => gather({ groups: this.#groups, windows }, steps, options);
    return windows instanceof SessionWindows
      ? new SessionWindowedCogroupedKStream(gatherIn)
      : new TimeWindowedCogroupedKStream(gatherIn);
  }
}

type Gather<K, A> = (
  steps: (add: Aggregator<K, unknown, A>) => WindowSteps<K, unknown, A>,
  options: Given<K, A>,
) => KTable<Windowed<K>, A>;

/** Grouped streams that are to be gathered by key and window. */
export class TimeWindowedCogroupedKStream<K, A> {
  readonly #gather: Gather<K, A>;

  /** Made by `windowedBy`. */
  constructor(gatherIn: Gather<K, A>) {
    this.#gather = gatherIn;
  }

  /** Gathers the values of each key and window of all groups: `cogroup`. */
  aggregate(initialize: () => A, options: Given<K, A>): KTable<Windowed<K>, A> {
    return this.#gather(
      (add) => ({ next: (key, value, old) => add(key, value, old === undefined ? initialize() : old) }),
      options,
    );
  }
}

/** Grouped streams that are to be gathered by key and session. */
export class SessionWindowedCogroupedKStream<K, A> {
  readonly #gather: Gather<K, A>;

  /** Made by `windowedBy`. */
  constructor(gatherIn: Gather<K, A>) {
    this.#gather = gatherIn;
  }

  /** Gathers the values of each key and session of all groups; `join` puts the results of two sessions into one. */
  aggregate(
    initialize: () => A,
    join: (key: K, first: A, second: A) => A,
    options: Given<K, A>,
  ): KTable<Windowed<K>, A> {
    return this.#gather((add) => sessionSteps({ initialize, add, merge: join }), options);
  }
}

function gather<K, A>(
  { groups, windows }: { readonly groups: readonly Group<K, A>[]; readonly windows: Windows },
  steps: (add: Aggregator<K, unknown, A>) => WindowSteps<K, unknown, A>,
  options: Given<K, A>,
): KTable<Windowed<K>, A> {
  const { builder, key, store } = storeOf(groups, options);
  const { value } = options;
  const emit = 'on-window-update';
  builder.addStore(windowSpec(windows, { ...options, emit }, { store, key, value, method: 'cogroup()' }));
  const sent = windowRows<K, A>(windows, store);
  const lateKeys = new Map(groups.map((group) => [group, lateKey(group.late)]));
  const common = { store, sent, emit, idleMs: undefined, info: cogroupInfo } as const;
  const giving = { store, closesAfterMs: windowClosing(windows), key, lateKeys };
  const at = placeGroups(groups, { ...options, ...giving }, (group) => {
    const late = lateKeys.get(group);
    return windowOperator<K, unknown, A>(windows, steps(group.add), { ...common, late });
  });
  return new KTable<Windowed<K>, A>(
    { ...at, key: windowedKey(windows, key), value } as Place<Windowed<K>, A | null>,
    sent,
  );
}

function storeOf<K, A>(groups: readonly Group<K, A>[], options: Given<K, A>) {
  const [first] = groups;
  if (first === undefined) throw new TypeError('cogroup() needs a group');
  const { builder } = first.from;
  const key = options.key ?? groups.find(({ from }) => from.key !== undefined)?.from.key;
  return { builder, key, store: storeName(builder, options.store, cogroupInfo.node) };
}

/** Adds a node for each group, all with one store, and the node where they meet. */
function placeGroups<K, K2, A>(
  groups: readonly Group<K, A>[],
  options: {
    readonly store: string;
    readonly name?: string;
    readonly closesAfterMs?: number | undefined;
    readonly key?: SerdeOf<K> | undefined;
    /** What the late records of each group are known by. */
    readonly lateKeys?: ReadonlyMap<Group<K, A>, LateKey | undefined>;
  },
  operatorOf: (group: Group<K, A>) => Operator<K, unknown, K2, Change<A>>,
): Place<K2, A> {
  const { store, name, closesAfterMs, key, lateKeys } = options;
  const places = groups.map((group) => repartitionOnce(group, store));
  const [first] = places as [Place<K, unknown>];
  const { builder } = first;
  const sources = new Set(places.flatMap((each) => [...each.sources]));
  builder.copartition(sources);
  const nodes = groups.map((group, at) => {
    const node = builder.names.node(cogroupInfo.node, name && `${name}-cogroup-agg-${at}`);
    placeOperator(places[at] as Place<K, unknown>, operatorOf(group), node);
    if (closesAfterMs !== undefined) builder.closesAfter(node, closesAfterMs);
    return node;
  });
  const node = builder.names.node(mergeNode, name && `${name}-cogroup-merge`);
  builder.addProcessor({ name: node, parents: nodes, run: runOf(merge().run) });
  for (const [i, group] of groups.entries()) {
    const from = places[i] as Place<K, unknown>;
    const given = { node: nodes[i] as string, key: lateKeys?.get(group), take: group.late };
    giveLate({ ...from, key: from.key ?? key }, given);
  }
  return { builder, node, key: undefined, value: undefined, sources, needsRepartition: false };
}

/** One topic serves all aggregations of a group; as in Kafka Streams, each takes numbers for it. */
function repartitionOnce<K, A>(group: Group<K, A>, store: string): Place<K, unknown> {
  const { from, name, repartitioned } = group;
  if (repartitioned === undefined) {
    group.repartitioned = grouped(from, name ?? store, 'cogroup()');
    return group.repartitioned;
  }
  if (from.needsRepartition) for (let i = 0; i < 3; i += 1) from.builder.names.node('KSTREAM-SOURCE');
  return repartitioned;
}
