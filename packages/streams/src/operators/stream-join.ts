import type { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { WindowStore } from '../state/store.ts';
import type { JoinWindows } from '../windows/join-windows.ts';
import {
  defineOperator,
  type ObservedTime,
  type Operator,
  type OperatorContext,
  operatorInfo,
} from './define-operator.ts';
import { Throttle } from './final-results.ts';
import { type LateKey, LateRecords } from './late-records.ts';
import { PendingJoins, type PendingSerdes, type Side } from './pending-joins.ts';

export const streamJoinInfo = operatorInfo({
  name: 'streamJoin',
  node: 'KSTREAM-MERGE',
  keepsKey: true,
  keepsValue: false,
});

const windowInfo = { ...streamJoinInfo, node: 'KSTREAM-WINDOWED', keepsValue: true };

/**
 * Keeps the records of one side of a join for as long as the other side may ask for them.
 *
 * A record goes on before it is kept, so that a stream that is joined with itself does not meet a record twice.
 *
 * @param side.store - The window store of this side.
 * @param side.late - What the stream of the records is known by that come too late to be kept for others, if there is one.
 */
export function joinWindow<K, V>(side: KeptSide): Operator<K, V, K, V> {
  const { store, late } = side;
  return defineOperator(windowInfo, {
    stores: [store],
    run: (context) => {
      const kept = context.windowStore<K, V>(store);
      const isLate = late === undefined ? () => false : latenessOf(context, side);
      const lateRecords = new LateRecords<K, V>(context, late);
      return emitting<StreamRecord<K, V>, StreamRecord<K, V>>((emit) => (record) => {
        emit(record);
        if (record.key === null) return;
        if (isLate(record)) lateRecords.refuse(record, { windows: 1, isTaken: false });
        else kept.put(record.key, record.value, record.timestamp, record.timestamp);
      });
    },
  });
}

/** Where the records of one side are kept, and for how long. */
interface KeptSide {
  readonly store: string;
  readonly retentionMs: number;
  readonly late: LateKey | undefined;
}

/** Tells whether the store would show a record to nobody any more: its time is the largest timestamp that it was given. */
function latenessOf({ observedTime }: OperatorContext, { retentionMs }: KeptSide) {
  return ({ value, timestamp }: StreamRecord<unknown, unknown>): boolean => {
    if (value === null) return false;
    observedTime.ms = Math.max(observedTime.ms, timestamp);
    return timestamp <= observedTime.ms - retentionMs;
  };
}

/** One side of a join of two streams. */
export interface JoinSide<K, V, VO, V2> {
  readonly side: Side;
  readonly windows: JoinWindows;
  /** The window store of the other side. */
  readonly others: string;
  readonly joiner: (value: V, other: VO | null, key: K) => V2;
  /** Whether records of this side go on without a partner. */
  readonly isOuter: boolean;
  /** Where records wait that have no partner yet; undefined for an inner join. */
  readonly pending: (PendingSerdes<K> & { readonly store: string }) | undefined;
  /** Gives the result of a record that stayed alone, of either side. */
  readonly alone: (side: Side, value: unknown, key: K) => V2;
  /** What both sides have in common: any object. */
  readonly join: object;
}

/** What both sides of a join know in one task. */
class SharedTimes {
  readonly #times: ObservedTime[] = [];
  /** A time below which none waits; what waits after a restart is not known. */
  earliestMs = Number.NEGATIVE_INFINITY;
  readonly throttle: Throttle;

  constructor(context: OperatorContext) {
    this.throttle = new Throttle(context);
  }

  add(time: ObservedTime): void {
    this.#times.push(time);
  }

  /** The largest timestamp that either side has seen. */
  get streamTimeMs(): number {
    return Math.max(...this.#times.map(({ ms }) => ms));
  }
}

/**
 * Joins each record of one side with the records of the other that have its key and lie in its window.
 *
 * The result has the later timestamp of the two. In left and outer joins a record without a partner waits until its window and
 * the grace have passed, and goes on alone with its own timestamp then (KIP-633); one that comes later than that, or without a key,
 * goes on at once. Records without a value are dropped and counted, and so are those without a key elsewhere.
 *
 * @param join - The side.
 */
export function streamJoinSide<K, V, VO, V2>(join: JoinSide<K, V, VO, V2>): Operator<K, V, K, V2> {
  const { others, pending } = join;
  return defineOperator(streamJoinInfo, {
    stores: pending === undefined ? [others] : [others, pending.store],
    run: (context) => {
      const side = new RunningSide(join, context);
      return emitting<StreamRecord<K, V>, StreamRecord<K, V2>>((emit) => (record) => side.process(record, emit));
    },
  });
}

type Emit<K, V> = (record: StreamRecord<K, V>) => void;

class RunningSide<K, V, VO, V2> {
  readonly #join: JoinSide<K, V, VO, V2>;
  readonly #context: OperatorContext;
  readonly #others: WindowStore<K, VO>;
  readonly #pending: PendingJoins<K> | undefined;
  readonly #times: SharedTimes;
  readonly #observed: ObservedTime;
  readonly #beforeMs: number;
  readonly #afterMs: number;

  constructor(join: JoinSide<K, V, VO, V2>, context: OperatorContext) {
    const { beforeMs, afterMs } = join.windows;
    this.#join = join;
    this.#context = context;
    this.#others = context.windowStore<K, VO>(join.others);
    this.#pending = join.pending && new PendingJoins(context.bytesStore(join.pending.store), join.pending);
    this.#times = context.shared(join.join, () => new SharedTimes(context));
    this.#observed = context.observedTime;
    this.#times.add(this.#observed);
    this.#beforeMs = join.side === 'left' ? beforeMs : afterMs;
    this.#afterMs = join.side === 'left' ? afterMs : beforeMs;
  }

  process(record: StreamRecord<K, V>, emit: Emit<K, V2>): void {
    const { key, value, timestamp } = record;
    const { isOuter, joiner } = this.#join;
    this.#observed.ms = Math.max(this.#observed.ms, timestamp);
    if (value === null || (key === null && !isOuter)) {
      this.#context.drop(value === null ? 'null-value' : 'null-key');
      return;
    }
    if (key === null) {
      emit(record.withValue(joiner(value, null, key)));
      return;
    }
    if (timestamp === this.#times.streamTimeMs) this.#sendLonely(record, emit);
    const to = Math.max(0, timestamp + this.#afterMs);
    let isAlone = isOuter;
    for (const other of this.#others.fetch(key, Math.max(0, timestamp - this.#beforeMs), to)) {
      isAlone = false;
      this.#pending?.removeOther(this.#join.side, key, other.timestamp);
      const joined = joiner(value, other.value, key);
      emit(record.withValue(joined).withTimestamp(Math.max(timestamp, other.timestamp)));
    }
    if (isAlone) this.#keepAlone(record, to, emit);
  }

  #keepAlone(record: StreamRecord<K, V>, to: number, emit: Emit<K, V2>): void {
    const { key, value, timestamp } = record;
    if (this.#pending === undefined || to < this.#times.streamTimeMs) {
      emit(record.withValue(this.#join.joiner(value, null, key)));
      return;
    }
    this.#times.earliestMs = Math.min(this.#times.earliestMs, timestamp);
    this.#pending.add(this.#join.side, { key, value, timestamp });
  }

  /** Sends the records of both sides whose window has closed, by their times, then the right side before the left, then by key. */
  #sendLonely(record: StreamRecord<K, V>, emit: Emit<K, V2>): void {
    const { windows, alone } = this.#join;
    const times = this.#times;
    if (this.#pending === undefined || times.earliestMs + this.#afterMs + windows.graceMs >= times.streamTimeMs) return;
    if (!times.throttle.take()) return;
    times.earliestMs = Number.POSITIVE_INFINITY;
    const open = new Set<Side>();
    for (const { side, key, timestamp, values, remove } of this.#pending.all()) {
      times.earliestMs = timestamp;
      if (open.size === 2) return;
      const reachMs = side === 'left' ? windows.afterMs : windows.beforeMs;
      if (timestamp + reachMs + windows.graceMs >= times.streamTimeMs) {
        open.add(side);
        continue;
      }
      for (const value of values) {
        emit(
          record
            .withKey(key)
            .withValue(alone(side, value, key))
            .withTimestamp(timestamp),
        );
      }
      remove();
    }
  }
}
