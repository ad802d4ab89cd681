import type { Key, Offset, Value } from '../history/event.ts';
import type { Anomaly } from './anomaly.ts';
import type { HistoryIndex } from './history-index.ts';

/** A value was read that nobody sent: corruption. */
export function phantoms(index: HistoryIndex): Anomaly[] {
  return [...index.readers]
    .filter(([value]) => !index.writes.has(value))
    .map(([value, readers]) => ({
      name: 'phantom',
      text: `${value} was read and never sent`,
      operations: readers.map((reader) => reader.index),
    }));
}

/** Two values are said to be at one offset. */
export function inconsistentOffsets(index: HistoryIndex): Anomaly[] {
  const found: Anomaly[] = [];
  for (const [key, log] of index.logs) {
    for (const [offset, values] of log) {
      if (values.size < 2) continue;
      const text = `Offset ${offset} of key ${key} holds ${[...values].join(' and ')}`;
      found.push({ name: 'inconsistent-offsets', key, text });
    }
  }
  return found;
}

/** A value is at two offsets, of one key or of two. */
export function duplicates(index: HistoryIndex): Anomaly[] {
  const places = new Map<Value, { key: Key; offset: Offset }[]>();
  for (const [key, log] of index.logs) {
    for (const [offset, values] of log) {
      for (const value of values) places.set(value, [...(places.get(value) ?? []), { key, offset }]);
    }
  }
  return [...places]
    .filter(([, at]) => at.length > 1)
    .map(([value, at]) => ({
      name: 'duplicate',
      key: at[0]?.key as Key,
      text: `${value} is at ${at.map(({ key, offset }) => `${key}:${offset}`).join(' and ')}`,
    }));
}

/** A reader saw what certainly was not committed: of an aborted transaction, or never taken. */
export function abortedReads(index: HistoryIndex): Anomaly[] {
  const found: Anomaly[] = [];
  for (const [value, readers] of index.readers) {
    const write = index.writes.get(value);
    if (write?.status !== 'fail') continue;
    const wrong = readers.filter(
      ({ type, isolation }) => type === 'ok' && (isolation === 'rc' || write.operation.kind !== 'txn'),
    );
    if (wrong.length === 0) continue;
    const operations = [write.operation.index, ...wrong.map((reader) => reader.index)];
    found.push({ name: 'G1a', key: write.key, text: `${value} failed, and was read`, operations });
  }
  return found;
}

/** A transaction read what it sent itself. */
export function precommittedReads(index: HistoryIndex): Anomaly[] {
  return index.operations.flatMap((operation) => {
    if (operation.kind !== 'txn') return [];
    const own = new Set(operation.sends.map(({ value }) => value));
    return operation.reads
      .filter(({ value }) => own.has(value))
      .map(({ key, value }): Anomaly => {
        const text = `${value} was read by the transaction that sent it`;
        return { name: 'precommitted-read', key, text, operations: [operation.index] };
      });
  });
}
