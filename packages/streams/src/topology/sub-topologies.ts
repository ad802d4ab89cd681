import type { StoreSpec } from '../state/store-spec.ts';
import type { SubTopology, TopologyNode } from './topology.ts';

/**
 * Cuts a graph into its connected parts, in the order of their first nodes.
 *
 * A node is connected with its parents and with every node that uses a store of its own. A sink and the source of the same
 * topic are not connected: that is where a repartition topic cuts.
 */
export function cutSubTopologies(
  nodes: Iterable<TopologyNode>,
  stores: ReadonlyMap<string, StoreSpec>,
): readonly SubTopology[] {
  const all = [...nodes];
  const groups = new DisjointSets();
  for (const node of all) {
    if (node.kind === 'source') continue;
    for (const parent of node.parents) groups.join(node.name, parent);
    if (node.kind === 'processor') for (const store of node.stores) groups.join(node.name, `store of ${store}`);
  }
  const parts = new Map<string, TopologyNode[]>();
  for (const node of all) {
    const root = groups.rootOf(node.name);
    const part = parts.get(root);
    if (part === undefined) parts.set(root, [node]);
    else part.push(node);
  }
  return [...parts.values()].map((part, id) => subTopology(id, part, stores));
}

function subTopology(id: number, part: readonly TopologyNode[], stores: ReadonlyMap<string, StoreSpec>): SubTopology {
  const processors = part.filter((node) => node.kind === 'processor');
  const used = new Set(processors.flatMap((node) => node.stores));
  return {
    id,
    nodeNames: part.map(({ name }) => name),
    sources: part.filter((node) => node.kind === 'source'),
    processors,
    sinks: part.filter((node) => node.kind === 'sink'),
    stores: [...stores.values()].filter((store) => used.has(store.name)),
  };
}

class DisjointSets {
  readonly #parentOf = new Map<string, string>();

  rootOf(name: string): string {
    let root = name;
    for (let parent = this.#parentOf.get(root); parent !== undefined; parent = this.#parentOf.get(root)) root = parent;
    if (root !== name) this.#parentOf.set(name, root);
    return root;
  }

  join(a: string, b: string): void {
    const rootA = this.rootOf(a);
    const rootB = this.rootOf(b);
    if (rootA !== rootB) this.#parentOf.set(rootA, rootB);
  }
}
