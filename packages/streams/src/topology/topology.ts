import type { Serde } from '@nagare/serdes';
import type { OperatorContext } from '../operators/define-operator.ts';
import type { RawRecord, RecordMetadata, StreamRecord } from '../record.ts';
import type { OperatorFunction } from '../rx.ts';
import type { KeyValueStoreSpec, StoreSpec } from '../state/store-spec.ts';
import { TopologyDescription } from './describe.ts';
import type { RetryPlan } from './retry-plan.ts';

/** Gives a record's event time; a negative answer drops the record. `partitionTime` is the largest one so far, or -1. */
export type TimestampExtractor = (record: RawRecord & RecordMetadata, partitionTime: number) => number;

/** Chooses the topic of a record. The topics must exist. */
export type TopicExtractor = (record: StreamRecord<unknown, unknown>) => string;

/** Where to read when no offset is committed. */
export type OffsetReset = 'earliest' | 'latest';

/** What a node does with the records of its parents, in one task. */
export type Run = (context: OperatorContext) => OperatorFunction<unknown, unknown>;

/** Reads topics. Names of internal topics stand here without the application. */
export interface SourceNode {
  readonly kind: 'source';
  readonly name: string;
  readonly topics: readonly string[];
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly timestamp: TimestampExtractor | undefined;
  readonly offsetReset: OffsetReset | undefined;
  /** How records come back that processing fails for; the topics that they come from are among {@link topics}. */
  readonly retry?: RetryPlan | undefined;
}

/** Transforms records. */
export interface ProcessorNode {
  readonly kind: 'processor';
  readonly name: string;
  readonly parents: readonly string[];
  readonly stores: readonly string[];
  readonly run: Run;
  /** How long a call of its function may take, where results come later. */
  readonly callTimeoutMs?: number;
}

/** Writes to a topic. */
export interface SinkNode {
  readonly kind: 'sink';
  readonly name: string;
  readonly parents: readonly string[];
  readonly topic: string | TopicExtractor;
  /** Chooses the partition; undefined, or an answer of undefined: the hash of the key does. */
  readonly partition?: (record: StreamRecord<unknown, unknown>) => number | undefined;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

export type TopologyNode = SourceNode | ProcessorNode | SinkNode;

/** Connected nodes: what one task runs, once for each partition. */
export interface SubTopology {
  readonly id: number;
  /** All nodes in the order in which they were made. */
  readonly nodeNames: readonly string[];
  readonly sources: readonly SourceNode[];
  readonly processors: readonly ProcessorNode[];
  readonly sinks: readonly SinkNode[];
  readonly stores: readonly StoreSpec[];
}

/** A table that every process reads whole, whatever tasks it has. */
export interface GlobalTable {
  /** Its place among the sub-topologies, though no task runs it. */
  readonly id: number;
  readonly topic: string;
  readonly source: SourceNode;
  /** The name of the node that keeps the rows. */
  readonly node: string;
  readonly store: KeyValueStoreSpec;
}

/** A topic between two sub-topologies. */
export interface RepartitionTopic {
  /** Without the application. */
  readonly name: string;
  /** Undefined: as many as the topics that feed it. */
  readonly partitions: number | undefined;
}

/**
 * A graph of nodes, ready to run: plain data.
 *
 * It is made with a `StreamsBuilder`.
 */
export class Topology {
  readonly subTopologies: readonly SubTopology[];
  readonly globalTables: readonly GlobalTable[];
  readonly repartitionTopics: readonly RepartitionTopic[];
  /** Names of topics that must have the same number of partitions, group by group. */
  readonly copartitionGroups: readonly (readonly string[])[];

  constructor(parts: {
    readonly subTopologies: readonly SubTopology[];
    readonly globalTables?: readonly GlobalTable[];
    readonly repartitionTopics: readonly RepartitionTopic[];
    readonly copartitionGroups: readonly (readonly string[])[];
  }) {
    this.subTopologies = parts.subTopologies;
    this.globalTables = parts.globalTables ?? [];
    this.repartitionTopics = parts.repartitionTopics;
    this.copartitionGroups = parts.copartitionGroups;
  }

  /**
   * Describes the topology.
   *
   * @returns The description: `toString()` gives the text of Java's `Topology#describe()`, which visualizers read;
   * `toJSON()` the same as data.
   */
  describe(): TopologyDescription {
    return new TopologyDescription(this.subTopologies, this.globalTables);
  }
}
