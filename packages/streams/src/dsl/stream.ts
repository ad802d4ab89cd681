import { filter } from '../operators/filter.ts';
import { filterNot } from '../operators/filter-not.ts';
import { flatMap } from '../operators/flat-map.ts';
import { flatMapValues } from '../operators/flat-map-values.ts';
import { forEach } from '../operators/for-each.ts';
import { map } from '../operators/map.ts';
import { type AsyncOptions, type AsyncProject, mapAsync, mapValuesAsync } from '../operators/map-async.ts';
import { mapValues } from '../operators/map-values.ts';
import { merge } from '../operators/merge.ts';
import { peek } from '../operators/peek.ts';
import { type ProcessorSupplier, process, processValues } from '../operators/process.ts';
import { selectKey } from '../operators/select-key.ts';
import type { KeyValue, StreamRecord } from '../record.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { checkName } from '../topology/names.ts';
import type { TopicExtractor } from '../topology/topology.ts';
import { JoinWindows } from '../windows/join-windows.ts';
import { applyAsync } from './async.ts';
import { BranchedKStream } from './branched.ts';
import { type Deduplicated, deduplicated } from './deduplicated.ts';
import { type GlobalKTable, globallyJoined } from './global-table.ts';
import { type Grouped, KGroupedStream } from './grouped.ts';
import { keepableTable } from './keepable-table.ts';
import { type Expires, historyOf, type Materialized, storeName, tableSpec, ttlOf } from './materialized.ts';
import { applyOperator, applyProcessor, type Named, needSerde, type Place, place, type SerdeOf } from './node.ts';
import { type Pipe, pipeThrough } from './pipe.ts';
import { repartitioned } from './repartition.ts';
import { type JoinKind, joinedStream, type StreamJoined, type StreamJoiner } from './stream-join.ts';
import { type Joined, joinedWithTable } from './stream-table-join.ts';
import { KTable } from './table.ts';

/** How records are written; what is left out is taken from the stream, as far as it is known. */
export interface Produced<K, V> extends Named {
  readonly key?: SerdeOf<K>;
  readonly value?: SerdeOf<V>;
}

/** How a stream is repartitioned. */
export interface Repartitioned<K, V> extends Produced<K, V> {
  /** How many partitions the topic has. Default: as many as the topics that feed it. */
  readonly partitions?: number;
}

/** The stores that a processor uses: descriptions, or names of stores that were added to the builder. */
export interface ProcessOptions extends Named {
  readonly stores?: readonly (StoreSpec | string)[];
}

/** A stream of records. Each method adds a node; the operators' own files have the details. */
export class KStream<K, V> {
  readonly [place]: Place<K, V>;

  constructor(at: Place<K, V>) {
    this[place] = at;
  }

  /** Operators of this package, or synchronous ones of RxJS over records, one after the other: `lift` says more. */
  readonly pipe = ((...operators: readonly unknown[]) => pipeThrough(this[place], operators)) as Pipe<K, V>;

  /** Replaces key and value: `map(project)`. */
  map<K2, V2>(project: (key: K, value: V) => KeyValue<K2, V2>, named?: Named): KStream<K2, V2> {
    return new KStream(applyOperator(this[place], map(project), named));
  }

  /** Replaces the value: `mapValues(project)`. */
  mapValues<V2>(project: (value: V, key: K) => V2, named?: Named): KStream<K, V2> {
    return new KStream(applyOperator(this[place], mapValues(project), named));
  }

  /** Replaces key and value by what a function answers later: `mapAsync(project, options)`. */
  mapAsync<K2, V2>(project: AsyncProject<K, V, KeyValue<K2, V2>>, options: AsyncOptions<K> & Named): KStream<K2, V2> {
    return new KStream(applyAsync(this[place], (given) => mapAsync(project, given), options));
  }

  /** Replaces the value by what a function answers later: `mapValuesAsync(project, options)`. */
  mapValuesAsync<V2>(project: AsyncProject<K, V, V2>, options: AsyncOptions<K> & Named): KStream<K, V2> {
    return new KStream(applyAsync(this[place], (given) => mapValuesAsync(project, given), options));
  }

  /** Lets some records through: `filter(predicate)`. */
  filter<V2 extends V>(predicate: (key: K, value: V) => value is V2, named?: Named): KStream<K, V2>;
  filter(predicate: (key: K, value: V) => boolean, named?: Named): KStream<K, V>;
  filter(predicate: (key: K, value: V) => boolean, named?: Named): KStream<K, V> {
    return new KStream(applyOperator(this[place], filter(predicate), named));
  }

  /** Stops some records: `filterNot(predicate)`. */
  filterNot(predicate: (key: K, value: V) => boolean, named?: Named): KStream<K, V> {
    return new KStream(applyOperator(this[place], filterNot(predicate), named));
  }

  /** Replaces a record by any number of records: `flatMap(project)`. */
  flatMap<K2, V2>(project: (key: K, value: V) => Iterable<KeyValue<K2, V2>>, named?: Named): KStream<K2, V2> {
    return new KStream(applyOperator(this[place], flatMap(project), named));
  }

  /** Replaces a value by any number of values: `flatMapValues(project)`. */
  flatMapValues<V2>(project: (value: V, key: K) => Iterable<V2>, named?: Named): KStream<K, V2> {
    return new KStream(applyOperator(this[place], flatMapValues(project), named));
  }

  /** Replaces the key: `selectKey(select)`. */
  selectKey<K2>(select: (key: K, value: V) => K2, named?: Named): KStream<K2, V> {
    return new KStream(applyOperator(this[place], selectKey(select), named));
  }

  /** Looks at each record: `peek(look)`. */
  peek(look: (key: K, value: V) => void, named?: Named): KStream<K, V> {
    return new KStream(applyOperator(this[place], peek(look), named));
  }

  /** Ends the stream in a function: `forEach(act)`. */
  forEach(act: (key: K, value: V) => void, named?: Named): void {
    applyOperator(this[place], forEach(act), named);
  }

  /** Puts two streams into one: `merge()`. */
  merge(other: KStream<K, V>, { name }: Named = {}): KStream<K, V> {
    const { builder, node, sources, needsRepartition } = this[place];
    const that = other[place];
    const merged = builder.names.node('KSTREAM-MERGE', name);
    builder.addProcessor({ name: merged, parents: [node, that.node], run: merge().run as never });
    return new KStream<K, V>({
      builder,
      node: merged,
      key: undefined,
      value: undefined,
      sources: new Set([...sources, ...that.sources]),
      needsRepartition: needsRepartition || that.needsRepartition,
    });
  }

  /** Lets the first of equal records through that lie within an interval of time: `deduplicate`. */
  deduplicate<I = never>(options: Deduplicated<K, V, I>): KStream<K, V> {
    return new KStream(deduplicated(this[place], options));
  }

  /** Sends each record to the first branch that takes it: `split`. */
  split(named?: Named): BranchedKStream<K, V> {
    return BranchedKStream.of(this[place], named);
  }

  /**
   * Writes to a topic, which must exist, and ends the stream.
   *
   * @param topic - The topic, or a function that chooses it for each record.
   * @param produced - The serdes, where the stream does not know them.
   * @throws {TypeError} When a serde is not known.
   */
  to(topic: string | ((record: StreamRecord<K, V>) => string), produced: Produced<K, V> = {}): void {
    const { builder, node, ...known } = this[place];
    const key = needSerde(produced.key ?? known.key, 'key', 'to()');
    const value = needSerde(produced.value ?? known.value, 'value', 'to()');
    const { name } = produced;
    builder.addSink({
      name: builder.names.node('KSTREAM-SINK', name),
      parents: [node],
      topic: typeof topic === 'string' ? checkName(topic, 'The topic') : (topic as unknown as TopicExtractor),
      key,
      value,
    });
  }

  /** Sends the stream through a topic of the application, so that equal keys meet in one task. */
  repartition(options: Repartitioned<K, V> = {}): KStream<K, V> {
    const { builder, ...known } = this[place];
    const { name, partitions, key = known.key, value = known.value } = options;
    if (partitions !== undefined && !(Number.isSafeInteger(partitions) && partitions > 0)) {
      throw new RangeError(`partitions must be a whole number above 0, got ${partitions}`);
    }
    const prefix = name === undefined ? builder.names.node('KSTREAM-REPARTITION') : checkName(name, 'The topic');
    return new KStream(repartitioned(this[place], { prefix, key, value, partitions, method: 'repartition()' }));
  }

  /** Groups by the key as it is. */
  groupByKey(grouped: Grouped<K, V> = {}): KGroupedStream<K, V> {
    return new KGroupedStream(this[place], grouped);
  }

  /** Groups by another key, through a repartition topic: `selectKey` and `groupByKey` in one. */
  groupBy<K2>(
    select: (key: K, value: V) => K2,
    grouped: Grouped<K2, V> & { readonly key: SerdeOf<K2> },
  ): KGroupedStream<K2, V> {
    const { name } = grouped;
    return new KGroupedStream(
      applyOperator(this[place], selectKey(select), name === undefined ? {} : { name }),
      grouped,
    );
  }

  /** Reads the stream as a table: each record is the new row of its key. */
  toTable(options: Materialized<K, V> & Expires = {}): KTable<K, V> {
    const { builder, ...known } = this[place];
    const { name, key = known.key, value = known.value } = options;
    const node = builder.names.node('KSTREAM-TOTABLE', name);
    const store = storeName(builder, options.store, 'KSTREAM-TOTABLE');
    const at = known.needsRepartition
      ? repartitioned(this[place], { prefix: node, key, value, method: 'toTable()' })
      : this[place];
    const spec = () => tableSpec<K, V>(store, options, { key, value, method: 'toTable()' });
    const historyMs = historyOf(options);
    const isKept = options.store !== undefined || historyMs !== undefined || ttlOf(options) !== undefined;
    const kept = keepableTable<K, V>(builder, { node, parent: at.node, store, isKept, spec, historyMs });
    return new KTable<K, V>({ ...at, node, key, value: value as never }, kept);
  }

  /** Joins each record with the row of its key: `joinTable`. */
  join<VT, V2>(table: KTable<K, VT>, joiner: (value: V, row: VT, key: K) => V2, joined?: Joined<K, V>): KStream<K, V2>;
  /** Joins records of two streams that have a key and lie in each other's window: `streamJoin`. */
  join<VO, V2>(
    other: KStream<K, VO>,
    joiner: (value: V, other: VO, key: K) => V2,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, V2>;
  join<VO, V2>(
    other: KTable<K, VO> | KStream<K, VO>,
    joiner: (value: V, other: VO, key: K) => V2,
    how: JoinWindows | Joined<K, V> = {},
    joined: StreamJoined<K, V, VO> = {},
  ): KStream<K, V2> {
    if (other instanceof KStream) {
      return this.#joinStream('inner', other, { joiner: joiner as StreamJoiner<K, V, VO, V2>, how, joined });
    }
    const join = { joiner: joiner as (value: V, row: VO | null, key: K) => V2, isLeft: false };
    return new KStream(joinedWithTable(this[place], other, join, how as Joined<K, V>));
  }

  /** Joins each record with a row of a global table, by a key that `select` gives: `joinGlobal`. */
  joinGlobal<KG, VG, V2>(
    table: GlobalKTable<KG, VG>,
    select: (key: K, value: V) => KG | null,
    joiner: (value: V, row: VG, key: K) => V2,
    named?: Named,
  ): KStream<K, V2> {
    const join = { select, joiner: joiner as (value: V, row: VG | null, key: K) => V2, isLeft: false };
    return new KStream(globallyJoined(this[place], table, join, named));
  }

  /** Joins like {@link joinGlobal}, and gives null to the joiner where there is no row. */
  leftJoinGlobal<KG, VG, V2>(
    table: GlobalKTable<KG, VG>,
    select: (key: K, value: V) => KG | null,
    joiner: (value: V, row: VG | null, key: K) => V2,
    named?: Named,
  ): KStream<K, V2> {
    return new KStream(globallyJoined(this[place], table, { select, joiner, isLeft: true }, named));
  }

  /** Joins each record with the row of its key, or null: `leftJoinTable`. */
  leftJoin<VT, V2>(
    table: KTable<K, VT>,
    joiner: (value: V, row: VT | null, key: K) => V2,
    joined?: Joined<K, V>,
  ): KStream<K, V2>;
  /** Joins records of two streams, and those of this one that stay alone with null: `streamJoin`. */
  leftJoin<VO, V2>(
    other: KStream<K, VO>,
    joiner: (value: V, other: VO | null, key: K) => V2,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, V2>;
  leftJoin<VO, V2>(
    other: KTable<K, VO> | KStream<K, VO>,
    joiner: (value: V, other: VO | null, key: K) => V2,
    how: JoinWindows | Joined<K, V> = {},
    joined: StreamJoined<K, V, VO> = {},
  ): KStream<K, V2> {
    if (other instanceof KStream) {
      return this.#joinStream('left', other, { joiner: joiner as StreamJoiner<K, V, VO, V2>, how, joined });
    }
    return new KStream(joinedWithTable(this[place], other, { joiner, isLeft: true }, how as Joined<K, V>));
  }

  /** Joins records of two streams, and those of either that stay alone with null: `streamJoin`. */
  outerJoin<VO, V2>(
    other: KStream<K, VO>,
    joiner: (value: V | null, other: VO | null, key: K) => V2,
    windows: JoinWindows,
    joined: StreamJoined<K, V, VO> = {},
  ): KStream<K, V2> {
    return this.#joinStream('outer', other, { joiner, how: windows, joined });
  }

  /** Hands each record to a processor: `process(supplier)`. */
  process<K2, V2>(supplier: ProcessorSupplier<K, V, K2, V2>, options: ProcessOptions = {}): KStream<K2, V2> {
    return new KStream(
      applyProcessor(this[place], process(supplier, this[place].builder.addStores(options.stores ?? [])), options),
    );
  }

  /** Hands each record to a processor that keeps its key: `processValues(supplier)`. */
  processValues<V2>(supplier: ProcessorSupplier<K, V, K, V2>, options: ProcessOptions = {}): KStream<K, V2> {
    return new KStream(
      applyProcessor(
        this[place],
        processValues(supplier, this[place].builder.addStores(options.stores ?? [])),
        options,
      ),
    );
  }

  #joinStream<VO, V2>(
    kind: JoinKind,
    other: KStream<K, VO>,
    given: { joiner: StreamJoiner<K, V, VO, V2>; how: unknown; joined: StreamJoined<K, V, VO> },
  ): KStream<K, V2> {
    const { joiner, how: windows, joined } = given;
    if (!(windows instanceof JoinWindows)) {
      throw new TypeError('a join with a stream needs windows: JoinWindows.ofTimeDifferenceAndGrace(…)');
    }
    return new KStream(joinedStream({ own: this[place], other: other[place], joiner, windows, joined, kind }));
  }
}
