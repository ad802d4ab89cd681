import type { Window, Windowed } from '@nagare/serdes';
import { Change } from '../change.ts';
import { type Header, noHeaders, StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { WindowRow } from '../state/store.ts';
import type { SessionWindows } from '../windows/session-windows.ts';
import { defineOperator, type OperatorContext } from './define-operator.ts';
import { FinalResults } from './final-results.ts';
import { idleWindows } from './idle-time.ts';
import { LateRecords } from './late-records.ts';
import type { WindowAggregation, WindowedOperator } from './window-aggregate.ts';

/** Puts the states of two sessions into one; `first` is undefined before the first session. */
export type Merger<K, A> = (key: K, first: A | undefined, second: A) => A;

/** What an aggregation in sessions is. */
export interface SessionAggregation<K, V, A> extends WindowAggregation<K, V, A> {
  readonly merge: Merger<K, A>;
}

/**
 * Keeps one state for each key and session. A record that comes within the gap of sessions puts them and itself into one; the
 * sessions that were there before are deleted from the result.
 *
 * Results have the end of their session as timestamp. A record is late when the session that it would end up in has ended
 * longer ago than gap and grace, so a late record that reaches a living session is taken.
 *
 * @param windows - The gap and the grace.
 * @param aggregation - What is gathered, and how it is sent.
 */
export function sessionAggregate<K, V, A>(
  windows: SessionWindows,
  aggregation: SessionAggregation<K, V, A>,
): WindowedOperator<K, V, A> {
  return defineOperator(
    { ...aggregation.info, keepsKey: true, keepsValue: false },
    { stores: [aggregation.store], run: (context) => gatherInSessions(context, windows, aggregation) },
  );
}

function gatherInSessions<K, V, A>(
  context: OperatorContext,
  { gapMs, graceMs }: SessionWindows,
  { store: storeName, sent, next, merge, emit: strategy, idleMs, late: lateKey }: SessionAggregation<K, V, A>,
) {
  const store = context.sessionStore<K, A>(storeName);
  const { areSent } = sent;
  const late = new LateRecords<K, V>(context, lateKey);
  const observed = context.observedTime;
  const final =
    strategy === 'on-window-close' ? new FinalResults(context, { store: storeName, sizeMs: gapMs }) : undefined;
  return emitting<StreamRecord<K, V>, StreamRecord<Windowed<K>, Change<A>>>((emit) => {
    const held = context.hold<Windowed<K>, A>({ name: storeName, sent, emit });
    const sends = final === undefined && held === undefined;
    const close = (closedMs: number, headers: readonly Header[]) =>
      final?.advance(closedMs, (lastMs) => {
        const earliest = Math.max(0, lastMs);
        if (closedMs - 1 < earliest) return false;
        for (const row of store.findEnded(earliest, closedMs - 1)) emit(finalOf(row, headers));
        return true;
      });
    const reachMs = gapMs + graceMs + 1;
    const idle = idleWindows(context, { idleMs, reachMs }, () => close(observed.ms - graceMs - gapMs, noHeaders));
    return (record) => {
      const { key, value, timestamp } = record;
      if (key === null) return context.drop('null-key');
      idle?.seen();
      held?.by(record);
      observed.ms = Math.max(observed.ms, timestamp);
      const closedMs = observed.ms - graceMs - gapMs;
      close(closedMs, record.headers);
      const merged = [...store.findSessions(key, timestamp - gapMs, timestamp + gapMs)];
      const window = spanOf(timestamp, merged);
      const tell = (at: Window, now: A | null, before: A | null) => {
        if (sends) emit(new StreamRecord({ key, window: at }, new Change(now, before), at.end));
      };
      if (window.end < closedMs) late.refuse(record, { windows: 1, isTaken: false });
      else {
        let state: A | undefined;
        for (const session of merged) state = merge(key, state, session.value);
        for (const session of window.start === window.end ? [] : merged) {
          store.remove(key, session.window.start, session.window.end);
          tell(session.window, null, areSent ? session.value : null);
        }
        const now = next(key, value, state);
        if (now === null) store.remove(key, window.start, window.end);
        else store.put(key, now, window.start, window.end);
        tell(window, now, null);
      }
    };
  });
}

function spanOf(timestamp: number, sessions: readonly WindowRow<unknown, unknown>[]): Window {
  let start = timestamp;
  let end = timestamp;
  for (const { window } of sessions) {
    start = Math.min(start, window.start);
    end = Math.max(end, window.end);
  }
  return { start, end };
}

function finalOf<K, A>({ key, window, value }: WindowRow<K, A>, headers: readonly Header[]) {
  return new StreamRecord({ key, window }, new Change<A>(value, null), window.end, headers);
}
