/** A graph by number: for each node, those that its edges lead to. */
export type Edges = readonly { keys(): IterableIterator<number> }[];

/** The strongly connected components of more than one node (Tarjan, without recursion). */
export function cyclicComponents(edges: Edges): number[][] {
  const search = new ComponentSearch(edges);
  for (let node = 0; node < edges.length; node += 1) search.visit(node);
  return search.found;
}

interface Frame {
  readonly node: number;
  readonly next: IterableIterator<number>;
}

class ComponentSearch {
  readonly found: number[][] = [];
  readonly #edges: Edges;
  readonly #order: Int32Array;
  readonly #low: Int32Array;
  readonly #isOnStack: Uint8Array;
  readonly #stack: number[] = [];
  #visited = 0;

  constructor(edges: Edges) {
    this.#edges = edges;
    this.#order = new Int32Array(edges.length);
    this.#low = new Int32Array(edges.length);
    this.#isOnStack = new Uint8Array(edges.length);
  }

  visit(start: number): void {
    if (this.#order[start] !== 0) return;
    const frames: Frame[] = [this.#enter(start)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const step = frame.next.next();
      if (step.done) {
        frames.pop();
        this.#leave(frame.node, frames.at(-1)?.node);
      } else if (this.#order[step.value] === 0) {
        frames.push(this.#enter(step.value));
      } else if (this.#isOnStack[step.value] === 1) {
        this.#lower(frame.node, this.#order[step.value]!);
      }
    }
  }

  #enter(node: number): Frame {
    this.#visited += 1;
    this.#order[node] = this.#visited;
    this.#low[node] = this.#visited;
    this.#stack.push(node);
    this.#isOnStack[node] = 1;
    return { node, next: this.#edges[node]!.keys() };
  }

  #leave(node: number, parent: number | undefined): void {
    if (parent !== undefined) this.#lower(parent, this.#low[node]!);
    if (this.#low[node] !== this.#order[node]) return;
    const component = this.#stack.splice(this.#stack.lastIndexOf(node));
    for (const member of component) this.#isOnStack[member] = 0;
    if (component.length > 1) this.found.push(component);
  }

  #lower(node: number, order: number): void {
    this.#low[node] = Math.min(this.#low[node]!, order);
  }
}

/** A shortest cycle within a component: its nodes in order. */
export function shortestCycle(edges: Edges, component: readonly number[]): number[] {
  const inside = new Set(component);
  let best: number[] = [...component];
  for (const start of component) {
    const cycle = cycleThrough(edges, start, inside);
    if (cycle !== undefined && cycle.length < best.length) best = cycle;
    if (best.length === 2) break;
  }
  return best;
}

function cycleThrough(edges: Edges, start: number, inside: ReadonlySet<number>): number[] | undefined {
  const cameFrom = new Map<number, number>();
  const queue = [start];
  for (const node of queue) {
    for (const next of edges[node]!.keys()) {
      if (next === start) return pathTo(node, start, cameFrom);
      if (!inside.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return undefined;
}

function pathTo(end: number, start: number, cameFrom: ReadonlyMap<number, number>): number[] {
  const path = [end];
  for (let node = end; node !== start; ) {
    node = cameFrom.get(node) as number;
    path.push(node);
  }
  return path.reverse();
}
