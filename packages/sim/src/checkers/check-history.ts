import type { HistoryEvent } from '../history/event.ts';
import type { Anomaly, AnomalyName } from './anomaly.ts';
import { cycles } from './cycles.ts';
import { HistoryIndex } from './history-index.ts';
import { lostWrites, unseen } from './losses.ts';
import { pollOrderAcross, pollOrderWithin } from './poll-order.ts';
import { nonmonotonicEnds, realTimeOrder } from './realtime-order.ts';
import { sendOrderAcross, sendOrderWithin } from './send-order.ts';
import { abortedReads, duplicates, inconsistentOffsets, phantoms, precommittedReads } from './values.ts';

/** A check of a history: what is wrong by it. */
export type HistoryCheck = (index: HistoryIndex) => readonly Anomaly[];

/** Every check, in the order in which a reader wants to know: what is worst stands first. */
export const historyChecks: readonly HistoryCheck[] = [
  phantoms,
  inconsistentOffsets,
  duplicates,
  abortedReads,
  precommittedReads,
  lostWrites,
  unseen,
  pollOrderWithin,
  pollOrderAcross,
  sendOrderWithin,
  sendOrderAcross,
  realTimeOrder,
  nonmonotonicEnds,
  cycles,
];

/** Everything that the checks find in a history, what is allowed included. */
export function checkHistory(history: readonly HistoryEvent[]): readonly Anomaly[] {
  const index = new HistoryIndex(history);
  return historyChecks.flatMap((check) => check(index));
}

/** What readers of a compacted log find missing, because it was compacted. */
const compactedAway: ReadonlySet<AnomalyName> = new Set(['lost-write', 'unseen', 'poll-skip', 'int-poll-skip']);

/** The findings without those that compaction explains. */
export function besideCompaction(anomalies: readonly Anomaly[]): readonly Anomaly[] {
  return anomalies.filter(({ name }) => !compactedAway.has(name));
}

/** Those of the findings that a correct system never shows. */
export function errorsIn(anomalies: readonly Anomaly[]): readonly Anomaly[] {
  return anomalies.filter(({ isAllowed }) => isAllowed !== true);
}
