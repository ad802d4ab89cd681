import type { Windowed } from '@nagare/serdes';
import { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import { type Header, noHeaders, StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { WindowStore } from '../state/store.ts';
import type { EmitStrategy } from '../windows/emit-strategy.ts';
import type { TimeWindows } from '../windows/time-windows.ts';
import type { UnlimitedWindows } from '../windows/unlimited-windows.ts';
import { defineOperator, type Operator, type OperatorContext, type OperatorInfo } from './define-operator.ts';
import { FinalResults } from './final-results.ts';
import { idleWindows } from './idle-time.ts';
import { type LateKey, LateRecords } from './late-records.ts';

/** Gives the next state of a window; `old` is undefined for its first value. Null deletes it. */
export type WindowStep<K, V, A> = (key: K, value: V, old: A | undefined) => A | null;

/** What an aggregation in windows is, apart from the windows. */
export interface WindowAggregation<K, V, A> {
  /** The name of the store. */
  readonly store: string;
  readonly next: WindowStep<K, V, A>;
  /** Whether the state before goes with the new one. */
  readonly sent: OldValues;
  readonly emit: EmitStrategy;
  /** How long no record has come when time goes on with the clock; undefined: it waits for a record. */
  readonly idleMs: number | undefined;
  /** What the stream of late records is known by, if there is one. */
  readonly late: LateKey | undefined;
  /** The operator on whose behalf it runs. */
  readonly info: OperatorInfo;
}

/** The operator that an aggregation in windows is. */
export type WindowedOperator<K, V, A> = Operator<K, V, Windowed<K>, Change<A>>;

/**
 * Keeps one state for each key and window, and sends every new state of it, or only the last, under the windowed key.
 *
 * A window takes records until the largest timestamp that this operator has seen passes its end and the grace; later
 * records are dropped and counted, or go to the stream of late records when no window takes them, also after a restart. Records without a key are dropped; those without a value are gathered like others.
 *
 * @param windows - The windows.
 * @param aggregation - What is gathered, and how it is sent.
 */
export function windowAggregate<K, V, A>(
  windows: TimeWindows | UnlimitedWindows,
  aggregation: WindowAggregation<K, V, A>,
): WindowedOperator<K, V, A> {
  return defineOperator(
    { ...aggregation.info, keepsKey: true, keepsValue: false },
    { stores: [aggregation.store], run: (context) => gatherInWindows(context, windows, aggregation) },
  );
}

function gatherInWindows<K, V, A>(
  context: OperatorContext,
  windows: TimeWindows | UnlimitedWindows,
  { store: storeName, sent, next, emit: strategy, idleMs, late: lateKey }: WindowAggregation<K, V, A>,
) {
  const store = context.windowStore<K, A>(storeName);
  const { areSent } = sent;
  const late = new LateRecords<K, V>(context, lateKey);
  const observed = context.observedTime;
  const windowed = { store: storeName, sizeMs: windows.sizeMs };
  const final = strategy === 'on-window-close' ? new FinalResults(context, windowed) : undefined;
  return emitting<StreamRecord<K, V>, StreamRecord<Windowed<K>, Change<A>>>((emit) => {
    const held = context.hold<Windowed<K>, A>({ name: storeName, sent, emit });
    const close = (closedMs: number, headers: readonly Header[]) =>
      final?.advance(closedMs, (lastMs) => sendClosed({ windows, store, headers, emit }, closedMs, lastMs));
    const reachMs = windows.sizeMs + windows.graceMs;
    const idle = idleWindows(context, { idleMs, reachMs }, () => close(observed.ms - windows.graceMs, noHeaders));
    return (record) => {
      if (record.key === null) return context.drop('null-key');
      idle?.seen();
      held?.by(record);
      observed.ms = Math.max(observed.ms, record.timestamp);
      const closedMs = observed.ms - windows.graceMs;
      close(closedMs, record.headers);
      const all = windows.windowsFor(record.timestamp);
      let missed = 0;
      for (const window of all) {
        if (window.end <= closedMs) {
          missed += 1;
          continue;
        }
        const old = store.fetch(record.key, window.start);
        const timestamp = old === undefined ? record.timestamp : Math.max(record.timestamp, old.timestamp);
        const value = next(record.key, record.value, old?.value);
        // A removal has the time of the record that caused it in the changelog, as in Kafka Streams.
        store.put(record.key, value, window.start, value === null ? record.timestamp : timestamp);
        if (final !== undefined || held !== undefined) continue;
        const change = new Change(value, areSent && old !== undefined ? old.value : null);
        emit(new StreamRecord({ key: record.key, window }, change, timestamp, record.headers));
      }
      if (missed > 0) late.refuse(record, { windows: missed, isTaken: missed < all.length });
    };
  });
}

/** What a look for closed windows needs. */
interface Closing<K, A> {
  readonly windows: TimeWindows | UnlimitedWindows;
  readonly store: WindowStore<K, A>;
  readonly headers: readonly Header[];
  readonly emit: (record: StreamRecord<Windowed<K>, Change<A>>) => void;
}

function sendClosed<K, A>(closing: Closing<K, A>, closedMs: number, lastMs: number): boolean {
  const { windows } = closing;
  const latestStart = closedMs - windows.sizeMs;
  if (latestStart < 0) return false;
  const earliestStart = lastMs === -1 ? 0 : Math.max(0, lastMs - windows.sizeMs) + 1;
  const isUnchanged = firstStart(windows, latestStart) === firstStart(windows, earliestStart - 1);
  if (lastMs !== -1 && isUnchanged && lastStart(windows, latestStart) === lastStart(windows, earliestStart - 1)) {
    return false;
  }
  sendFinal(closing, earliestStart, latestStart);
  return true;
}

/** Sends the windows that start from `earliest` to `latest`, by their starts and then by the bytes of their keys. */
export function sendFinal<K, A>(
  { store, headers, emit }: Pick<Closing<K, A>, 'store' | 'headers' | 'emit'>,
  earliest: number,
  latest: number,
): void {
  // Rows of one start come in the order of their keys, which sorting keeps.
  const rows = [...store.fetchAll(earliest, latest)].sort((a, b) => a.window.start - b.window.start);
  for (const { key, window, value, timestamp } of rows) {
    emit(new StreamRecord({ key, window }, new Change(value, null), timestamp, headers));
  }
}

function firstStart(windows: TimeWindows | UnlimitedWindows, timestamp: number): number | undefined {
  return windows.windowsFor(timestamp)[0]?.start;
}

function lastStart(windows: TimeWindows | UnlimitedWindows, timestamp: number): number | undefined {
  return windows.windowsFor(timestamp).at(-1)?.start;
}
