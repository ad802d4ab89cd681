import type { OperatorContext } from '../operators/define-operator.ts';
import { connect, type Gate, type Inlet, type Step } from '../rx.ts';
import type { ProcessorNode, SinkNode, SourceNode, SubTopology } from '../topology/topology.ts';

/** What the nodes of a task are connected to. */
export interface ChainEnds {
  readonly gate: Gate;
  readonly contextOf: (node: ProcessorNode) => OperatorContext;
  readonly sinkOf: (node: SinkNode) => Inlet;
}

/**
 * Subscribes the nodes of a sub-topology for one task.
 *
 * Nodes that follow each other one by one become a single chain of RxJS operators; a chain ends where a node has several
 * children or several parents. Children are called in the order in which they were added.
 *
 * @returns The inlet of each source, by its name.
 */
export function connectChains(topology: SubTopology, ends: ChainEnds): Map<string, Inlet> {
  const wiring = new Wiring(topology, ends);
  return new Map(topology.sources.map((source) => [source.name, wiring.childrenOf(source)]));
}

class Wiring {
  readonly #ends: ChainEnds;
  readonly #children = new Map<string, (ProcessorNode | SinkNode)[]>();
  readonly #inlets = new Map<string, Inlet>();

  constructor({ processors, sinks }: SubTopology, ends: ChainEnds) {
    this.#ends = ends;
    for (const node of [...processors, ...sinks]) {
      for (const parent of node.parents) {
        const siblings = this.#children.get(parent);
        if (siblings === undefined) this.#children.set(parent, [node]);
        else siblings.push(node);
      }
    }
  }

  childrenOf(node: SourceNode | ProcessorNode): Inlet {
    const inlets = (this.#children.get(node.name) ?? []).map((child) => this.#inletOf(child));
    return inlets.length === 1 ? (inlets[0] as Inlet) : new FanOut(inlets);
  }

  #inletOf(node: ProcessorNode | SinkNode): Inlet {
    const known = this.#inlets.get(node.name);
    if (known !== undefined) return known;
    const inlet = node.kind === 'sink' ? this.#ends.sinkOf(node) : this.#chainFrom(node);
    this.#inlets.set(node.name, inlet);
    return inlet;
  }

  #chainFrom(first: ProcessorNode): Inlet {
    const steps: Step[] = [];
    let last = first;
    for (let node: ProcessorNode | undefined = first; node !== undefined; node = this.#onlyChildOf(last)) {
      steps.push({ node: node.name, run: node.run(this.#ends.contextOf(node)) });
      last = node;
    }
    return connect(steps, this.#ends.gate, this.childrenOf(last));
  }

  #onlyChildOf(node: ProcessorNode): ProcessorNode | undefined {
    const [child, ...others] = this.#children.get(node.name) ?? [];
    if (child?.kind !== 'processor' || others.length > 0 || child.parents.length > 1) return undefined;
    return child;
  }
}

class FanOut implements Inlet {
  readonly #inlets: readonly Inlet[];

  constructor(inlets: readonly Inlet[]) {
    this.#inlets = inlets;
  }

  next(record: unknown): void {
    for (const inlet of this.#inlets) inlet.next(record);
  }
}
