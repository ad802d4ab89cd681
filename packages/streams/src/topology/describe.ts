import { javaSetOrder } from './java-order.ts';
import type { GlobalTable, SubTopology, TopologyNode } from './topology.ts';

/** A node as `describe()` shows it. */
export interface NodeDescription {
  readonly type: 'source' | 'processor' | 'sink';
  readonly name: string;
  readonly topics?: readonly string[];
  /** Undefined for a sink that chooses the topic for each record. */
  readonly topic?: string | undefined;
  readonly stores?: readonly string[];
  readonly predecessors: readonly string[];
  readonly successors: readonly string[];
}

export interface SubTopologyDescription {
  readonly id: number;
  /** Whether it is a global table, which every process reads and no task runs. */
  readonly isGlobal?: boolean;
  readonly nodes: readonly NodeDescription[];
}

/** What a topology consists of, as text and as data. */
export class TopologyDescription {
  readonly subTopologies: readonly SubTopologyDescription[];

  constructor(subTopologies: readonly SubTopology[], globalTables: readonly GlobalTable[] = []) {
    this.subTopologies = [...subTopologies.map(describeSubTopology), ...globalTables.map(describeGlobalTable)].sort(
      (a, b) => a.id - b.id,
    );
  }

  toString(): string {
    const parts = this.subTopologies.map(({ id, isGlobal, nodes }) => {
      const lines = nodes.map((node) => `    ${nodeText(node)}\n`).join('');
      const what = isGlobal === true ? ' for global store (will not generate tasks)' : '';
      return `  Sub-topology: ${id}${what}\n${lines}${isGlobal === true ? '' : '\n'}`;
    });
    return `Topologies:\n ${parts.join('')}`;
  }

  toJSON(): { readonly subTopologies: readonly SubTopologyDescription[] } {
    return { subTopologies: this.subTopologies };
  }
}

function nodeText(node: NodeDescription): string {
  const after = `\n      --> ${nameList(node.successors)}`;
  const before = `\n      <-- ${nameList(node.predecessors)}`;
  switch (node.type) {
    case 'source':
      return `Source: ${node.name} (topics: [${node.topics?.join(', ')}])${after}`;
    case 'processor':
      return `Processor: ${node.name} (stores: [${node.stores?.join(', ')}])${after}${before}`;
    case 'sink':
      return node.topic === undefined
        ? `Sink: ${node.name} (extractor class: function)${before}`
        : `Sink: ${node.name} (topic: ${node.topic})${before}`;
  }
}

function nameList(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function describeGlobalTable({ id, source, node, store }: GlobalTable): SubTopologyDescription {
  const reading = { type: 'source', name: source.name, topics: source.topics, predecessors: [] } as const;
  const keeping = { type: 'processor', name: node, stores: [store.name], successors: [] } as const;
  const nodes = [
    { ...reading, successors: [node] },
    { ...keeping, predecessors: [source.name] },
  ];
  return { id, isGlobal: true, nodes };
}

/** A node while its neighbours are counted. */
interface Sized {
  readonly node: TopologyNode;
  readonly predecessors: Sized[];
  readonly successors: Sized[];
  size: number;
}

/**
 * Java orders nodes by the size of what hangs on them, then by name, and sorts neighbours while the sizes still grow; so
 * the same steps are taken here, in the same order.
 */
function describeSubTopology({ id, nodeNames, sources, processors, sinks }: SubTopology): SubTopologyDescription {
  const all: TopologyNode[] = [...sources, ...processors, ...sinks];
  const byName = new Map<string, Sized>(
    all.map((node) => [node.name, { node, predecessors: [], successors: [], size: 1 }]),
  );
  for (const name of javaSetOrder(nodeNames)) {
    const sized = byName.get(name) as Sized;
    for (const parentName of parentsOf(sized.node)) {
      const parent = byName.get(parentName) as Sized;
      insertSorted(sized.predecessors, parent);
      insertSorted(parent.successors, sized);
      grow(parent, sized.size);
    }
  }
  const nodes = [...byName.values()].sort(bySizeThenName).map(nodeDescription);
  return { id, nodes };
}

function parentsOf(node: TopologyNode): readonly string[] {
  return node.kind === 'source' ? [] : node.parents;
}

function bySizeThenName(a: Sized, b: Sized): number {
  if (a.size !== b.size) return b.size - a.size;
  return a.node.name < b.node.name ? -1 : 1;
}

function insertSorted(list: Sized[], item: Sized): void {
  const at = list.findIndex((other) => bySizeThenName(item, other) < 0);
  list.splice(at < 0 ? list.length : at, 0, item);
}

function grow(sized: Sized, by: number): void {
  sized.size += by;
  for (const predecessor of sized.predecessors) grow(predecessor, by);
}

function nodeDescription({ node, predecessors, successors }: Sized): NodeDescription {
  const around = { name: node.name, predecessors: namesOf(predecessors), successors: namesOf(successors) };
  switch (node.kind) {
    case 'source':
      return { type: 'source', topics: javaSetOrder(node.topics), ...around };
    case 'processor':
      return { type: 'processor', stores: javaSetOrder(node.stores), ...around };
    case 'sink':
      return { type: 'sink', topic: typeof node.topic === 'string' ? node.topic : undefined, ...around };
  }
}

function namesOf(list: readonly Sized[]): string[] {
  return list.map(({ node }) => node.name);
}
