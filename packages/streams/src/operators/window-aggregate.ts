import type { Windowed } from '@nagare/serdes';
import { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { TimeWindows } from '../windows/time-windows.ts';
import { aggregateInfo } from './aggregate.ts';
import { defineOperator, type Operator, type OperatorContext, type OperatorInfo } from './define-operator.ts';

/** Gives the next state of a window; `old` is undefined for its first value. */
export type WindowStep<K, V, A> = (key: K, value: V, old: A | undefined) => A | null;

/**
 * Keeps one state for each key and window, and sends every new state of it under the windowed key.
 *
 * A window takes records until the largest timestamp that this operator has seen passes its end and the grace; later
 * records are dropped and counted, also after a restart. Records without a key are dropped; those without a value are gathered like others.
 *
 * @param store - The name of the window store.
 * @param windows - The windows.
 * @param next - Gives the next state; null deletes it.
 * @param info - The operator on whose behalf it runs.
 */
export function windowAggregate<K, V, A>(
  store: string,
  windows: TimeWindows,
  next: WindowStep<K, V, A>,
  info: OperatorInfo = aggregateInfo,
): Operator<K, V, Windowed<K>, A | null> {
  return defineOperator(
    { ...info, keepsKey: true, keepsValue: false },
    {
      stores: [store],
      run: (context) => gatherInWindows(context, store, windows, next),
    },
  );
}

function gatherInWindows<K, V, A>(
  context: OperatorContext,
  storeName: string,
  windows: TimeWindows,
  next: WindowStep<K, V, A>,
) {
  const store = context.windowStore<K, A>(storeName);
  const observed = context.observedTime;
  return emitting<StreamRecord<K, V>, StreamRecord<Windowed<K>, A | null>>((emit) => (record) => {
    if (record.key === null) return context.drop('null-key');
    observed.ms = Math.max(observed.ms, record.timestamp);
    const closedMs = observed.ms - windows.graceMs;
    for (const window of windows.windowsFor(record.timestamp)) {
      if (window.end <= closedMs) {
        context.drop('late');
        continue;
      }
      const old = store.fetch(record.key, window.start);
      const timestamp = old === undefined ? record.timestamp : Math.max(record.timestamp, old.timestamp);
      const value = next(record.key, record.value, old?.value);
      // A removal has the time of the record that caused it in the changelog, as in Kafka Streams.
      store.put(record.key, value, window.start, value === null ? record.timestamp : timestamp);
      emit(new StreamRecord({ key: record.key, window }, value, timestamp, record.headers));
    }
  });
}
