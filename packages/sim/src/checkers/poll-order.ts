import type { Key } from '../history/event.ts';
import type { Operation, Read } from '../history/operation.ts';
import type { Anomaly, AnomalyName } from './anomaly.ts';
import type { HistoryIndex } from './history-index.ts';

/** Within one operation, a reader passes over a record or goes back. */
export function pollOrderWithin(index: HistoryIndex): Anomaly[] {
  const found: Anomaly[] = [];
  for (const operation of index.operations) {
    const last = new Map<Key, Read>();
    for (const read of operation.reads) {
      const before = last.get(read.key);
      last.set(read.key, read);
      if (before === undefined || operation.rebalanced.has(read.key)) continue;
      const step = stepBetween(index, before, read);
      const name = nameOf(step, { back: 'int-nonmonotonic-poll', skip: 'int-poll-skip' });
      if (name !== undefined) found.push(anomalyOf(name, [operation], { before, read }));
    }
  }
  return found;
}

interface Reader {
  readonly last: Map<Key, { readonly read: Read; readonly operation: Operation }>;
  isSubscribed: boolean;
}

/**
 * From one operation of a process to its next, a reader passes over a record or goes back. With a group's assignment
 * this may be: partitions go, others read on, and they come back.
 */
export function pollOrderAcross(index: HistoryIndex): Anomaly[] {
  const found: Anomaly[] = [];
  const readers = new Map<number, Reader>();
  for (const operation of index.operations) {
    const reader = readers.get(operation.process) ?? { last: new Map(), isSubscribed: false };
    readers.set(operation.process, reader);
    if (operation.kind === 'assign' || operation.kind === 'subscribe') {
      reader.isSubscribed = operation.kind === 'subscribe' || operation.generation !== undefined;
      const kept = new Set(operation.kind === 'assign' ? operation.keys : []);
      for (const key of [...reader.last.keys()]) if (!kept.has(key)) reader.last.delete(key);
    }
    if (operation.type === 'ok') found.push(...stepsOf(index, operation, reader));
  }
  return found;
}

function stepsOf(index: HistoryIndex, operation: Operation, reader: Reader): Anomaly[] {
  const found: Anomaly[] = [];
  const first = new Set<Key>();
  for (const read of operation.reads) {
    const before = reader.last.get(read.key);
    reader.last.set(read.key, { read, operation });
    if (first.has(read.key)) continue;
    first.add(read.key);
    if (before === undefined || operation.rebalanced.has(read.key)) continue;
    const step = stepBetween(index, before.read, read);
    const name = nameOf(step, { back: 'nonmonotonic-poll', skip: 'poll-skip' });
    if (name === undefined) continue;
    const anomaly = anomalyOf(name, [before.operation, operation], { before: before.read, read });
    found.push(reader.isSubscribed ? { ...anomaly, isAllowed: true } : anomaly);
  }
  return found;
}

/** How many committed records further on, without those that were deleted; 1 is the next one. */
function stepBetween(index: HistoryIndex, before: Read, read: Read): number {
  const order = index.orders.get(read.key);
  const from = order?.firstIndex(before.value);
  const to = order?.firstIndex(read.value);
  if (order === undefined || from === undefined || to === undefined) return read.offset > before.offset ? 1 : 0;
  if (to <= from) return to - from;
  let step = 1;
  for (let place = from + 1; place < to; place += 1) {
    if (!index.mayBeDeleted(read.key, order.offsets[place])) step += 1;
  }
  return step;
}

function nameOf(step: number, names: { back: AnomalyName; skip: AnomalyName }): AnomalyName | undefined {
  if (step === 1) return undefined;
  return step < 1 ? names.back : names.skip;
}

function anomalyOf(
  name: AnomalyName,
  operations: readonly Operation[],
  { before, read }: { readonly before: Read; readonly read: Read },
): Anomaly {
  return {
    name,
    key: read.key,
    text: `Key ${read.key}: ${read.value} at ${read.offset} was read after ${before.value} at ${before.offset}`,
    operations: operations.map((operation) => operation.index),
  };
}
