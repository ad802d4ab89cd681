import type { Anomaly, AnomalyName } from './anomaly.ts';
import { cyclicComponents, shortestCycle } from './components.ts';
import { type Dependency, type DependencyGraph, dependenciesOf } from './dependency-graph.ts';
import type { HistoryIndex } from './history-index.ts';

/**
 * Operations that must each come before the other. Without the order of writes none may be: G1c is an error. With it
 * both G0 and G1c are normal in Kafka, whose transactions interleave: they are told of, and allowed.
 */
export function cycles(index: HistoryIndex): Anomaly[] {
  const withReads = cyclesIn(dependenciesOf(index, { ww: false }));
  const withWrites = cyclesIn(dependenciesOf(index, { ww: true }));
  return [...withReads, ...withWrites.map((anomaly) => ({ ...anomaly, isAllowed: true }))];
}

/** Reasons to come before another, from the fewest that explain a cycle to all of them. */
const levels: readonly (readonly Dependency[])[] = [
  ['ww', 'wr'],
  ['ww', 'wr', 'process'],
  ['ww', 'wr', 'process', 'realtime'],
];

function cyclesIn(graph: DependencyGraph): Anomaly[] {
  const found: Anomaly[] = [];
  const explained = new Set<number>();
  for (const level of levels) {
    const part = graph.map((edges) => new Map([...edges].filter(([, dependency]) => level.includes(dependency))));
    for (const component of cyclicComponents(part)) {
      if (component.some((node) => explained.has(node))) continue;
      for (const node of component) explained.add(node);
      found.push(anomalyOf(part, shortestCycle(part, component)));
    }
  }
  return found;
}

function anomalyOf(graph: DependencyGraph, cycle: readonly number[]): Anomaly {
  const edges = cycle.map((node, place) => {
    const next = cycle[(place + 1) % cycle.length] as number;
    return graph[node]?.get(next) as Dependency;
  });
  const steps = cycle.map((node, place) => `${node} -${edges[place]}->`);
  return { name: nameOf(edges), text: `${steps.join(' ')} ${cycle[0]}`, operations: cycle };
}

function nameOf(edges: readonly Dependency[]): AnomalyName {
  const kind = edges.includes('wr') ? 'G1c' : 'G0';
  if (edges.includes('realtime')) return `${kind}-realtime`;
  return edges.includes('process') ? `${kind}-process` : kind;
}
