import type { Key } from '../history/event.ts';
import type { Operation, Sent } from '../history/operation.ts';
import type { Anomaly, AnomalyName } from './anomaly.ts';
import type { HistoryIndex } from './history-index.ts';

/** Within one operation, a later record of a key stands before an earlier one; or others stand between, which may be. */
export function sendOrderWithin(index: HistoryIndex): Anomaly[] {
  return index.operations.flatMap((operation) => {
    const last = new Map<Key, Sent>();
    return operation.sends.flatMap((sent) => {
      const before = last.get(sent.key);
      if (sent.offset !== undefined) last.set(sent.key, sent);
      if (before === undefined || sent.offset === undefined) return [];
      const step = stepBetween(index, before, sent);
      if (step < 1) return [anomalyOf('int-nonmonotonic-send', [operation], before, sent)];
      return step > 1 ? [{ ...anomalyOf('int-send-skip', [operation], before, sent), isAllowed: true }] : [];
    });
  });
}

/** From one operation of a process to its next, a later record stands before an earlier one. */
export function sendOrderAcross(index: HistoryIndex): Anomaly[] {
  const found: Anomaly[] = [];
  const last = new Map<string, { readonly sent: Sent; readonly operation: Operation }>();
  for (const operation of index.operations) {
    if (operation.type === 'fail') continue;
    for (const sent of operation.sends) {
      if (sent.offset === undefined) continue;
      const name = `${operation.process} ${sent.key}`;
      const before = last.get(name);
      last.set(name, { sent, operation });
      if (before === undefined || before.operation === operation) continue;
      if (stepBetween(index, before.sent, sent) >= 1) continue;
      found.push(anomalyOf('nonmonotonic-send', [before.operation, operation], before.sent, sent));
    }
  }
  return found;
}

function stepBetween(index: HistoryIndex, before: Sent, sent: Sent): number {
  const order = index.orders.get(sent.key);
  const from = order?.firstIndex(before.value);
  const to = order?.firstIndex(sent.value);
  if (from === undefined || to === undefined) return (sent.offset as number) > (before.offset as number) ? 1 : 0;
  return to - from;
}

function anomalyOf(name: AnomalyName, operations: readonly Operation[], before: Sent, sent: Sent): Anomaly {
  return {
    name,
    key: sent.key,
    text: `Key ${sent.key}: ${sent.value} went to ${sent.offset} after ${before.value} had gone to ${before.offset}`,
    operations: operations.map((operation) => operation.index),
  };
}
