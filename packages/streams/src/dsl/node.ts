import type { Serde } from '@nagare/serdes';
import type { Change } from '../change.ts';
import type { Operator } from '../operators/define-operator.ts';
import type { StreamRecord } from '../record.ts';
import type { OperatorFunction } from '../rx.ts';
import { checkName } from '../topology/names.ts';
import type { Run } from '../topology/topology.ts';
import type { TopologyBuilder } from '../topology/topology-builder.ts';

/** The serde of values that may be null: null needs none. */
export type SerdeOf<V> = Serde<Exclude<V, null>>;

/** Names the node of an operator. Generated names change when the topology does; given ones do not. */
export interface Named {
  readonly name?: string;
}

/** Where a stream or table stands in the graph, and what is known of its records. */
export interface Place<K, V> {
  readonly builder: TopologyBuilder;
  readonly node: string;
  readonly key: SerdeOf<K> | undefined;
  readonly value: SerdeOf<V> | undefined;
  /** The sources that it comes from within its sub-topology. */
  readonly sources: ReadonlySet<string>;
  /** Whether keys may have changed since the last topic. */
  readonly needsRepartition: boolean;
}

/** The key of the property by which streams and tables of this package find each other's place. */
export const place = Symbol('place');

/** Adds the node of an operator behind a place. */
export function applyOperator<K, V, K2, V2>(
  from: Place<K, V>,
  operator: Operator<K, V, K2, V2>,
  { name }: Named = {},
): Place<K2, V2> {
  return placeOperator(from, operator, from.builder.names.node(operator.node, name));
}

/** Adds the node of a processor: when it is given a name the counter of names stays, as it does in Kafka Streams. */
export function applyProcessor<K, V, K2, V2>(
  from: Place<K, V>,
  operator: Operator<K, V, K2, V2>,
  { name }: Named,
): Place<K2, V2> {
  const node = name === undefined ? from.builder.names.node(operator.node) : checkName(name, 'The node');
  return placeOperator(from, operator, node);
}

/** Adds the node of an operator under a name that is ready. */
export function placeOperator<K, V, K2, V2>(
  from: Place<K, V>,
  operator: Operator<K, V, K2, V2>,
  node: string,
): Place<K2, V2> {
  const { builder } = from;
  builder.addProcessor({ name: node, parents: [from.node], stores: operator.stores, run: runOf(operator.run) });
  return {
    builder,
    node,
    key: operator.keepsKey ? (from.key as unknown as SerdeOf<K2> | undefined) : undefined,
    value: operator.keepsValue ? (from.value as unknown as SerdeOf<V2> | undefined) : undefined,
    sources: from.sources,
    needsRepartition: from.needsRepartition || !operator.keepsKey,
  };
}

/** Adds the node of an operator that works on the changes of a table. A table's place has the serdes of its rows. */
export function placeTable<K, V, K2, V2>(
  from: Place<K, V | null>,
  operator: Operator<K, Change<V>, K2, Change<V2>>,
  node: string,
): Place<K2, V2 | null> {
  return placeOperator(from, operator as unknown as Operator<K, V | null, K2, V2 | null>, node);
}

/** Nodes carry records of every type; the types of the DSL guarantee that neighbours fit. */
export function runOf<K, V, K2, V2>(
  run: (context: Parameters<Run>[0]) => OperatorFunction<StreamRecord<K, V>, StreamRecord<K2, V2>>,
): Run {
  return run as unknown as Run;
}

/** The serde that was given or is known, or an error that says how to give it. */
export function needSerde<T>(
  serde: Serde<T> | undefined,
  what: 'key' | 'value' | 'value of the other stream',
  method: string,
): Serde<unknown> {
  if (serde !== undefined) return serde as Serde<unknown>;
  throw new TypeError(`${method} needs the serde of its ${what}s: pass { ${what}: … }`);
}
