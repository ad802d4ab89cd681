import type { Key, Offset } from '../history/event.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import type { HistoryIndex } from './history-index.ts';

/** The events of operations in their order: each operation comes when it begins, and when it ends if it does. */
export function* momentsOf(index: HistoryIndex): Generator<{ readonly operation: Operation; readonly isEnd: boolean }> {
  const moments = index.operations.flatMap((operation) => [
    { at: operation.invokedAt, operation, isEnd: false },
    { at: operation.completedAt, operation, isEnd: true },
  ]);
  moments.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at));
  for (const { at, operation, isEnd } of moments) if (at < Number.POSITIVE_INFINITY) yield { operation, isEnd };
}

/** An acknowledged record stands before one that had been acknowledged when it was sent. */
export function realTimeOrder(index: HistoryIndex): Anomaly[] {
  const found: Anomaly[] = [];
  const acknowledged = new Map<Key, Offset>();
  const atStart = new Map<Operation, ReadonlyMap<Key, Offset>>();
  for (const { operation, isEnd } of momentsOf(index)) {
    if (operation.sends.length === 0) continue;
    if (!isEnd) {
      atStart.set(operation, new Map(acknowledged));
      continue;
    }
    for (const { key, value, offset } of operation.sends) {
      if (offset === undefined) continue;
      const before = atStart.get(operation)?.get(key) ?? -1;
      if (offset <= before) {
        const text = `${value} went to ${offset} of key ${key}, where ${before} had been acknowledged before it was sent`;
        found.push({ name: 'realtime-order', key, text, operations: [operation.index] });
      }
      acknowledged.set(key, Math.max(offset, acknowledged.get(key) ?? -1));
    }
  }
  return found;
}

/** The ends of a log go back, or stand before a record that had been acknowledged, or before the end of what is stable. */
export function nonmonotonicEnds(index: HistoryIndex): Anomaly[] {
  const found: Anomaly[] = [];
  const latest = new Map<Key, Offset>();
  const stable = new Map<Key, Offset>();
  const atStart = new Map<Operation, { latest: ReadonlyMap<Key, Offset>; stable: ReadonlyMap<Key, Offset> }>();
  for (const { operation, isEnd } of momentsOf(index)) {
    if (!isEnd) {
      if (operation.kind === 'listOffsets')
        atStart.set(operation, { latest: new Map(latest), stable: new Map(stable) });
      continue;
    }
    for (const { key, offset } of operation.sends) if (offset !== undefined) raise(latest, key, offset + 1);
    const known = atStart.get(operation);
    for (const { key, ...ends } of operation.type === 'ok' ? operation.ends : []) {
      const wrong = wrongEnd(ends, { latest: known?.latest.get(key) ?? 0, stable: known?.stable.get(key) ?? 0 });
      const text = `Key ${key}: ${wrong}`;
      if (wrong !== undefined) found.push({ name: 'nonmonotonic-ends', key, text, operations: [operation.index] });
      raise(latest, key, ends.latest);
      raise(stable, key, ends.stable);
    }
  }
  return found;
}

interface Ends {
  readonly latest: Offset;
  readonly stable: Offset;
}

function wrongEnd(ends: Ends, known: Ends): string | undefined {
  if (ends.latest < known.latest) return `the end is ${ends.latest}, and was ${known.latest} before it was asked for`;
  if (ends.stable < known.stable) return `the stable end is ${ends.stable}, and was ${known.stable}`;
  if (ends.stable > ends.latest) return `the stable end ${ends.stable} is behind the end ${ends.latest}`;
  return undefined;
}

function raise(offsets: Map<Key, Offset>, key: Key, offset: Offset): void {
  offsets.set(key, Math.max(offset, offsets.get(key) ?? 0));
}
