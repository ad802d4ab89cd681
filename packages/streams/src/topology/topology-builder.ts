import { StreamsError } from '../errors.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { NameGenerator } from './names.ts';
import { cutSubTopologies } from './sub-topologies.ts';
import {
  type GlobalTable,
  type ProcessorNode,
  type RepartitionTopic,
  type Run,
  type SinkNode,
  type SourceNode,
  type SubTopology,
  Topology,
} from './topology.ts';

/** A processor that may still be given stores and another way to run. */
export interface ProcessorDraft extends ProcessorNode {
  stores: readonly string[];
  run: Run;
  callTimeoutMs?: number;
}

/** A repartition topic with the nodes around it. */
interface Repartition {
  readonly topic: RepartitionTopic;
  readonly from: string;
  readonly source: string;
  /** The node that stops records without a key before the topic, if there is one. */
  readonly filter?: string;
}

/** Gathers the nodes of a topology in the order in which they are made. */
export class TopologyBuilder {
  readonly names = new NameGenerator();
  readonly #nodes = new Map<string, SourceNode | ProcessorDraft | SinkNode>();
  readonly #stores = new Map<string, StoreSpec>();
  readonly #repartitionTopics = new Map<string, Repartition>();
  readonly #closesAfterMs = new Map<string, number>();
  readonly #takesNullKeys = new Set<string>();
  readonly #globals = new Map<string, Pick<GlobalTable, 'node' | 'topic' | 'store'>>();
  readonly #copartitioned: ReadonlySet<string>[] = [];
  /** Topics that records come back from, with the topic that they came to first in front. */
  readonly #retryChains: (readonly string[])[] = [];

  /** Adds a source, or finds the one that reads the same topics, and gives its name. */
  addSource(node: Omit<SourceNode, 'kind'>): string {
    const overlapping = [...this.#nodes.values()].find(
      (other): other is SourceNode =>
        other.kind === 'source' && other.topics.some((topic) => node.topics.includes(topic)),
    );
    if (overlapping === undefined) {
      this.#retryChains.push(...(node.retry?.chains ?? []));
      return this.#add({ kind: 'source', ...node });
    }
    if (this.#globals.has(overlapping.name)) throw readTwice(overlapping.topics[0]);
    if ([...overlapping.topics].sort().join() !== [...node.topics].sort().join()) {
      const both = `${overlapping.topics.join(', ')} and ${node.topics.join(', ')}`;
      throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', `two sources read overlapping but not equal topics: ${both}`);
    }
    if (overlapping.offsetReset !== node.offsetReset) {
      const detail = `two sources of ${node.topics.join(', ')} have different offset resets`;
      throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', detail);
    }
    return overlapping.name;
  }

  addProcessor(node: {
    name: string;
    parents: readonly string[];
    run: Run;
    stores?: readonly string[];
  }): ProcessorDraft {
    const draft: ProcessorDraft = { kind: 'processor', stores: [], ...node };
    for (const store of draft.stores) this.#checkStore(store, draft.name);
    this.#add(draft);
    return draft;
  }

  addSink(node: Omit<SinkNode, 'kind'>): void {
    this.#add({ kind: 'sink', ...node });
  }

  /** Adds a store; the same description may be added again. */
  addStore(store: StoreSpec): void {
    const known = this.#stores.get(store.name);
    if (known !== undefined && known !== store) {
      throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', `two stores are named ${store.name}`);
    }
    this.#stores.set(store.name, store);
  }

  /** Adds the stores of a processor that are described, and gives the names of all. */
  addStores(stores: readonly (StoreSpec | string)[]): string[] {
    return stores.map((store) => {
      if (typeof store === 'string') return store;
      this.addStore(store);
      return store.name;
    });
  }

  /** Adds a repartition topic between the node that feeds it and the source that reads it. */
  addRepartitionTopic(topic: RepartitionTopic, between: Omit<Repartition, 'topic'>): void {
    this.#repartitionTopics.set(topic.name, { topic, ...between });
  }

  /** The source of a repartition topic that the same node feeds already, or undefined when the name is free. */
  repartitionSource(name: string, from: string): string | undefined {
    const known = this.#repartitionTopics.get(name);
    if (known === undefined || known.from === from) return known?.source;
    throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', `two streams are repartitioned through ${name}`);
  }

  /** Says that a node has a use for records without a key, so that repartition topics before it carry them (KIP-962). */
  takeNullKeys(node: string): void {
    this.#takesNullKeys.add(node);
  }

  /** Says how long after their end the windows close that a node gathers in. */
  closesAfter(node: string, graceMs: number): void {
    this.#closesAfterMs.set(node, graceMs);
  }

  /** Says how long a call of a node's function may take, where results come later. */
  waitsFor(node: string, callTimeoutMs: number): void {
    const draft = this.#nodes.get(node);
    if (draft?.kind === 'processor') draft.callTimeoutMs = callTimeoutMs;
  }

  /** How long after their end the windows close whose results come to a node. */
  graceOf(node: string): number | undefined {
    const known = this.#closesAfterMs.get(node);
    const found = this.#nodes.get(node);
    if (known !== undefined || found === undefined || found.kind === 'source') return known;
    for (const parent of found.parents) {
      const graceMs = this.graceOf(parent);
      if (graceMs !== undefined) return graceMs;
    }
    return undefined;
  }

  /** Adds a table that every process reads whole: a source that nothing else may read, and the node behind it. */
  addGlobalTable(source: Omit<SourceNode, 'kind'>, table: Pick<GlobalTable, 'node' | 'topic' | 'store'>): void {
    const isRead = [...this.#nodes.values()].some(
      (node) => node.kind === 'source' && node.topics.includes(table.topic),
    );
    if (isRead) throw readTwice(table.topic);
    this.addStore(table.store);
    this.#add({ kind: 'source', ...source });
    this.addProcessor({
      name: table.node,
      parents: [source.name],
      stores: [table.store.name],
      run: () => (records) => records,
    });
    this.#globals.set(source.name, table);
  }

  /** Says that the topics of these sources must have equally many partitions. */
  copartition(sources: ReadonlySet<string>): void {
    this.#copartitioned.push(sources);
  }

  build(): Topology {
    if (this.#nodes.size === 0) throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', 'it has no nodes');
    this.#openNullKeyFilters();
    const parts = cutSubTopologies(this.#nodes.values(), this.#stores);
    return new Topology({
      subTopologies: parts.filter(({ sources }) => !sources.some(({ name }) => this.#globals.has(name))),
      globalTables: parts.flatMap((part) => this.#globalTablesIn(part)),
      repartitionTopics: [...this.#repartitionTopics.values()].map(({ topic }) => topic).concat(this.#retryTopics),
      copartitionGroups: this.#copartitioned
        .map((sources): readonly string[] => [...sources].flatMap((name) => this.#topicsOf(name)))
        .concat(this.#retryChains),
    });
  }

  /** They are made and emptied like repartition topics, with as many partitions as the topic that their records came to first. */
  get #retryTopics(): RepartitionTopic[] {
    return this.#retryChains.flatMap(([, ...topics]) => topics.map((name) => ({ name, partitions: undefined })));
  }

  #openNullKeyFilters(): void {
    for (const { filter } of this.#repartitionTopics.values()) {
      const draft = filter === undefined ? undefined : this.#nodes.get(filter);
      if (draft?.kind === 'processor' && this.#leadsToNullKeys(draft.name)) draft.run = () => (records) => records;
    }
  }

  /** Whether a node that takes null keys is behind another one, through repartition topics as well. */
  #leadsToNullKeys(name: string): boolean {
    if (this.#takesNullKeys.has(name)) return true;
    const node = this.#nodes.get(name);
    if (node?.kind === 'sink') {
      const through = typeof node.topic === 'string' ? this.#repartitionTopics.get(node.topic) : undefined;
      return through !== undefined && this.#leadsToNullKeys(through.source);
    }
    return [...this.#nodes.values()].some(
      (child) => child.kind !== 'source' && child.parents.includes(name) && this.#leadsToNullKeys(child.name),
    );
  }

  #globalTablesIn({ id, sources }: SubTopology): GlobalTable[] {
    return sources.flatMap((source) => {
      const table = this.#globals.get(source.name);
      return table === undefined ? [] : [{ ...table, id, source }];
    });
  }

  #topicsOf(source: string): readonly string[] {
    const node = this.#nodes.get(source);
    return node?.kind === 'source' ? node.topics : [];
  }

  #checkStore(store: string, node: string): void {
    if (!this.#stores.has(store)) {
      throw new StreamsError('NAGARE_STREAMS_STORE_UNKNOWN', `${store}, which ${node} uses, was not added`);
    }
  }

  #add(node: SourceNode | ProcessorDraft | SinkNode): string {
    if (this.#nodes.has(node.name)) {
      throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', `two nodes are named ${node.name}`);
    }
    this.#nodes.set(node.name, node);
    return node.name;
  }
}

function readTwice(topic: string | undefined): StreamsError {
  return new StreamsError('NAGARE_STREAMS_TOPOLOGY', `${topic} is read as a global table and by another source`);
}
