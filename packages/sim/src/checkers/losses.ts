import type { Key } from '../history/event.ts';
import type { Anomaly } from './anomaly.ts';
import type { HistoryIndex, Write } from './history-index.ts';
import type { VersionOrder } from './version-order.ts';

/**
 * A committed write that nobody read although readers have passed its place: it is lost. Of a transaction that nobody
 * knows the end of, one value that was read makes all of them owed, so that a torn transaction shows here.
 */
export function lostWrites(index: HistoryIndex): Anomaly[] {
  return missing(index).filter(({ name }) => name === 'lost-write');
}

/** A committed write that was never read until the end, and that no reader has passed: a lost tail or a stuck reader. */
export function unseen(index: HistoryIndex): Anomaly[] {
  return missing(index).filter(({ name }) => name === 'unseen');
}

function missing(index: HistoryIndex): Anomaly[] {
  const bounds = new Map<Key, number>();
  const found: Anomaly[] = [];
  for (const write of index.writes.values()) {
    const { key, value, offset, operation } = write;
    if (index.seen.has(value) || !index.isCommitted(write) || mayBeDeleted(index, write)) continue;
    const order = index.orders.get(key);
    if (!bounds.has(key)) bounds.set(key, boundOf(index, order));
    const place = order?.lastIndex(value);
    const isPassed = place !== undefined && place <= (bounds.get(key) ?? -1);
    found.push({
      name: isPassed ? 'lost-write' : 'unseen',
      key,
      text: `${value} was committed at ${offset ?? 'an unknown offset'} of key ${key} and never read`,
      operations: [operation.index],
    });
  }
  return found;
}

/** An offset that nobody told may be one of those that were deleted. */
function mayBeDeleted(index: HistoryIndex, { key, offset }: Write): boolean {
  return index.mayBeDeleted(key, offset);
}

/** How far readers have come, by the first appearance of what they read: a duplicate behind it proves nothing. */
function boundOf(index: HistoryIndex, order: VersionOrder | undefined): number {
  let bound = -1;
  for (const value of order?.values ?? []) {
    if (index.seen.has(value)) bound = Math.max(bound, order?.firstIndex(value) ?? -1);
  }
  return bound;
}
