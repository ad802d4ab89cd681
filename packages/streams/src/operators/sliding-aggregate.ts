import type { Windowed } from '@nagare/serdes';
import { Change } from '../change.ts';
import { type Header, noHeaders, StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { Timestamped, WindowStore } from '../state/store.ts';
import type { SlidingWindows } from '../windows/sliding-windows.ts';
import { defineOperator, type OperatorContext } from './define-operator.ts';
import { FinalResults } from './final-results.ts';
import { idleWindows } from './idle-time.ts';
import { LateRecords } from './late-records.ts';
import { sendFinal, type WindowAggregation, type WindowedOperator } from './window-aggregate.ts';

/**
 * Keeps one state for each key and sliding window, and sends every new state of it, or only the last, under the windowed key.
 *
 * A record makes the window that ends with it, and updates those that it falls into. The window that starts right behind a
 * record is made as soon as another record falls into it. Records without key or value are dropped and counted.
 *
 * @param windows - The time difference and the grace.
 * @param aggregation - What is gathered, and how it is sent.
 */
export function slidingAggregate<K, V, A>(
  windows: SlidingWindows,
  aggregation: WindowAggregation<K, V, A>,
): WindowedOperator<K, V, A> {
  return defineOperator(
    { ...aggregation.info, keepsKey: true, keepsValue: false },
    { stores: [aggregation.store], run: (context) => gatherInSlidingWindows(context, windows, aggregation) },
  );
}

function gatherInSlidingWindows<K, V, A>(
  context: OperatorContext,
  windows: SlidingWindows,
  aggregation: WindowAggregation<K, V, A>,
) {
  const { timeDifferenceMs: spanMs, graceMs } = windows;
  const store = context.windowStore<K, A>(aggregation.store);
  const late = new LateRecords<K, V>(context, aggregation.late);
  const observed = context.observedTime;
  const windowed = { store: aggregation.store, sizeMs: spanMs };
  const final = aggregation.emit === 'on-window-close' ? new FinalResults(context, windowed) : undefined;
  return emitting<StreamRecord<K, V>, StreamRecord<Windowed<K>, Change<A>>>((emit) => {
    const held = context.hold<Windowed<K>, A>({ name: aggregation.store, sent: aggregation.sent, emit });
    const sends = aggregation.emit === 'on-window-update' && held === undefined;
    const close = (closedMs: number, headers: readonly Header[]) =>
      final?.advance(closedMs, (lastMs) => {
        const latest = closedMs - spanMs - 1;
        if (latest < 0) return false;
        sendFinal({ store, headers, emit }, lastMs === -1 ? 0 : Math.max(0, lastMs - spanMs), latest);
        return true;
      });
    const reaching = { idleMs: aggregation.idleMs, reachMs: spanMs + graceMs + 1 };
    const idle = idleWindows(context, reaching, () => close(observed.ms - graceMs, noHeaders));
    return (record) => {
      if (record.key === null) return context.drop('null-key');
      if (record.value === null) return context.drop('null-value');
      idle?.seen();
      held?.by(record);
      observed.ms = Math.max(observed.ms, record.timestamp);
      const closedMs = observed.ms - graceMs;
      if (record.timestamp + spanMs < closedMs) return late.refuse(record, { windows: 1, isTaken: false });
      const sliding = new SlidingRecord(record, { store, aggregation, spanMs, closedMs, sends, emit });
      if (record.timestamp < spanMs) {
        sliding.addEarly();
        return late.refuse(record, sliding);
      }
      close(closedMs, record.headers);
      sliding.add();
      late.refuse(record, sliding);
    };
  });
}

interface Surroundings<K, V, A> {
  readonly store: WindowStore<K, A>;
  readonly aggregation: WindowAggregation<K, V, A>;
  readonly spanMs: number;
  readonly closedMs: number;
  /** Whether changes are sent as they happen. */
  readonly sends: boolean;
  readonly emit: (record: StreamRecord<Windowed<K>, Change<A>>) => void;
}

/**
 * One record on its way into the windows of its key. The timestamp of a window's state is that of its latest record.
 *
 * The window to the left of a record ends with it; the one to its right starts a millisecond behind it.
 */
class SlidingRecord<K, V, A> {
  readonly #record: StreamRecord<K, V>;
  readonly #around: Surroundings<K, V, A>;
  readonly #store: WindowStore<K, A>;
  readonly #starts = new Set<number>();
  /** How many windows it came too late for. */
  windows = 0;
  /** Whether a window has taken it. */
  isTaken = false;

  constructor(record: StreamRecord<K, V>, around: Surroundings<K, V, A>) {
    this.#record = record;
    this.#around = around;
    this.#store = around.store;
  }

  /** Goes from the latest window that may matter to the first one that lies wholly before the record. */
  add(): void {
    const { key, timestamp } = this.#record;
    const { spanMs } = this.#around;
    let left: A | undefined;
    let right: Timestamped<A> | undefined;
    let previousMs: number | undefined;
    for (const row of this.#store.backwardFetch(key, Math.max(0, timestamp - 2 * spanMs), timestamp + 1)) {
      const { start } = row.window;
      const end = start + spanMs;
      this.#starts.add(start);
      if (start === timestamp + 1) continue;
      if (end < timestamp) {
        left = row.value;
        previousMs = row.timestamp;
        break;
      }
      if (end > timestamp) right ??= row;
      this.#update(start, row);
      if (end > timestamp) continue;
      // The left window is there with this very record's time: every other window that it needs is there too.
      if (row.timestamp >= timestamp) return;
      previousMs = row.timestamp;
    }
    this.#addRightOfPrevious(previousMs);
    if (!this.#starts.has(timestamp - spanMs)) {
      const reachesPrevious = previousMs !== undefined && timestamp - spanMs <= previousMs;
      this.#update(timestamp - spanMs, undefined, reachesPrevious ? left : undefined);
    }
    this.#addRight(right);
  }

  /** A record before the first full window belongs to the window from 0, which all such records share. */
  addEarly(): void {
    const { key, timestamp } = this.#record;
    let combined: Timestamped<A> | undefined;
    let right: Timestamped<A> | undefined;
    let previousMs: number | undefined;
    for (const row of this.#store.fetch(key, 0, timestamp + 1)) {
      const { start } = row.window;
      this.#starts.add(start);
      if (start === 0) {
        combined = row;
        if (row.timestamp < timestamp) previousMs = row.timestamp;
      } else if (start <= timestamp) {
        right = row;
        this.#update(start, row);
      }
    }
    if (combined !== undefined && combined.timestamp > timestamp) right ??= combined;
    this.#addRight(right);
    if (previousMs !== undefined && !this.#starts.has(previousMs + 1)) this.#update(previousMs + 1, undefined);
    this.#update(0, combined);
  }

  /** Makes the window right of the record before, if this is the first one in it. */
  #addRightOfPrevious(previousMs: number | undefined): void {
    if (previousMs === undefined || this.#starts.has(previousMs + 1)) return;
    if (previousMs + 1 + this.#around.spanMs >= this.#record.timestamp) this.#update(previousMs + 1, undefined);
  }

  /** Makes the window right of this record of the later records that are there already. */
  #addRight(right: Timestamped<A> | undefined): void {
    const { key, timestamp } = this.#record;
    if (right === undefined || right.timestamp <= timestamp || this.#starts.has(timestamp + 1)) return;
    this.#store.put(key, right.value, timestamp + 1, right.timestamp);
    this.#tell(timestamp + 1, new Change(right.value, null), right.timestamp);
  }

  /** @param begin - What a window that is made now begins with. */
  #update(start: number, old: Timestamped<A> | undefined, begin?: A): void {
    const { key, value, timestamp } = this.#record;
    const { aggregation, closedMs, spanMs } = this.#around;
    if (start + spanMs < closedMs) {
      this.windows += 1;
      return;
    }
    this.isTaken = true;
    const next = aggregation.next(key, value, old === undefined ? begin : old.value);
    const latest = old === undefined ? timestamp : Math.max(timestamp, old.timestamp);
    this.#store.put(key, next, start, next === null ? timestamp : latest);
    this.#tell(start, new Change(next, aggregation.sent.areSent && old !== undefined ? old.value : null), latest);
  }

  #tell(start: number, change: Change<A>, timestamp: number): void {
    const { sends, emit, spanMs } = this.#around;
    if (!sends) return;
    const window = { start, end: start + spanMs };
    emit(new StreamRecord({ key: this.#record.key, window }, change, timestamp, this.#record.headers));
  }
}
