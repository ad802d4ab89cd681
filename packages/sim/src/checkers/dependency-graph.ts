import type { Operation } from '../history/operation.ts';
import type { HistoryIndex } from './history-index.ts';

/** Why one operation comes before another: its value was read or overwritten, or the clock on the wall says so. */
export type Dependency = 'wr' | 'ww' | 'process' | 'realtime';

/** Operations and what orders them: for each, those that come after it and why. */
export type DependencyGraph = readonly ReadonlyMap<number, Dependency>[];

/** Reasons by strength: of two that say the same, the first is kept. */
const strengths: Readonly<Record<Dependency, number>> = { ww: 0, wr: 1, process: 2, realtime: 3 };

export function dependenciesOf(index: HistoryIndex, options: { readonly ww: boolean }): DependencyGraph {
  const graph = index.operations.map(() => new Map<number, Dependency>());
  const add = (from: Operation, to: Operation, dependency: Dependency) => {
    if (from === to) return;
    const edges = graph[from.index] as Map<number, Dependency>;
    const known = edges.get(to.index);
    if (known === undefined || strengths[dependency] < strengths[known]) edges.set(to.index, dependency);
  };
  addReads(index, add);
  if (options.ww) addWrites(index, add);
  addProcesses(index, add);
  addRealTime(index, add);
  return graph;
}

type Add = (from: Operation, to: Operation, dependency: Dependency) => void;

/** Who reads a value comes after who sent it. Readers of uncommitted records say nothing about transactions. */
function addReads(index: HistoryIndex, add: Add): void {
  for (const [value, readers] of index.readers) {
    const writer = index.writes.get(value)?.operation;
    if (writer === undefined) continue;
    for (const reader of readers) {
      if (reader.type === 'ok' && (reader.isolation === 'rc' || writer.kind !== 'txn')) add(writer, reader, 'wr');
    }
  }
}

function addWrites(index: HistoryIndex, add: Add): void {
  for (const { values } of index.orders.values()) {
    for (const [place, value] of values.entries()) {
      const next = index.writes.get(values[place + 1] ?? Number.NaN)?.operation;
      const writer = index.writes.get(value)?.operation;
      if (writer !== undefined && next !== undefined) add(writer, next, 'ww');
    }
  }
}

function addProcesses(index: HistoryIndex, add: Add): void {
  const last = new Map<number, Operation>();
  for (const operation of index.operations) {
    const before = last.get(operation.process);
    if (before !== undefined) add(before, operation, 'process');
    last.set(operation.process, operation);
  }
}

/** What had ended before something began comes before it; only from those that no other leads to already. */
function addRealTime(index: HistoryIndex, add: Add): void {
  const moments = index.operations.flatMap((operation) => [
    { at: operation.invokedAt, operation, isEnd: false },
    { at: operation.completedAt, operation, isEnd: true },
  ]);
  const frontier = new Set<Operation>();
  const before = new Map<Operation, readonly Operation[]>();
  for (const { operation, isEnd } of moments.filter(({ at }) => at < Number.POSITIVE_INFINITY).sort(byMoment)) {
    if (isEnd) {
      for (const earlier of before.get(operation) ?? []) frontier.delete(earlier);
      frontier.add(operation);
    } else {
      before.set(operation, [...frontier]);
      for (const earlier of frontier) add(earlier, operation, 'realtime');
    }
  }
}

function byMoment(a: { readonly at: number }, b: { readonly at: number }): number {
  return a.at - b.at;
}
