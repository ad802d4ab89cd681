import type { Duration } from '../duration.ts';
import type { RecordMetadata, StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { KeyValueStore, SessionStore, VersionedKeyValueStore, WindowStore } from '../state/store.ts';
import { defineOperator, type Operator, type OperatorInfo, operatorInfo } from './define-operator.ts';
import type { Cancellable, PunctuationTimes, PunctuationType, Punctuator, Schedule } from './punctuation.ts';

export const processInfo = operatorInfo({
  name: 'process',
  node: 'KSTREAM-PROCESSOR',
  keepsKey: false,
  keepsValue: false,
});

export const processValuesInfo = operatorInfo({
  name: 'processValues',
  node: 'KSTREAM-PROCESSVALUES',
  keepsKey: true,
  keepsValue: false,
});

/** What a processor can do in its task. */
export interface ProcessorContext<K, V> {
  /** The task, as `<sub-topology>_<partition>`. */
  readonly taskId: string;
  /** Where the record that is being processed was read. A punctuation has no record: its topic is empty, its offset -1. */
  readonly source: RecordMetadata;
  /** The largest timestamp that the task has taken, or -1. */
  readonly streamTimeMs: number;
  /**
   * Sends a record downstream, before it returns. It may be called any number of times while a record is processed or a
   * punctuator runs.
   */
  forward(record: StreamRecord<K, V>): void;
  /**
   * Has a function called again and again, between two records. It may use stores, send records, and schedule others, in the
   * transaction of its task; what it throws ends the task like an error of the processor.
   *
   * By `stream-time` it is called for the first time with the first record, and then whenever the task's stream time has
   * passed a whole interval. By `wall-clock-time` it is called an interval from now, also when no record comes. Either way
   * it is called once when several intervals have passed at a time. Schedules are not kept: make them when the processor is made.
   *
   * @param times - How often; with `startTime`, in milliseconds since 1970, also from when on (KIP-1146).
   * @param punctuator - Is told stream time or wall-clock time.
   * @throws {RangeError} When the interval is below a millisecond or the start before 1970.
   * @example Every ten seconds, how many records there were
   * ```ts
   * words.process<string, number>(({ schedule, forward }) => {
   *   let count = 0;
   *   schedule('10s', 'wall-clock-time', (now) => forward(new StreamRecord('words', count, now)));
   *   return () => {
   *     count += 1;
   *   };
   * });
   * ```
   */
  schedule(times: Duration | PunctuationTimes, type: PunctuationType, punctuator: Punctuator): Cancellable;
  /** A key-value store that the node was given. */
  keyValueStore<KS, VS>(name: string): KeyValueStore<KS, VS>;
  /** A versioned key-value store that the node was given. */
  versionedStore<KS, VS>(name: string): VersionedKeyValueStore<KS, VS>;
  /** A window store that the node was given. */
  windowStore<KS, VS>(name: string): WindowStore<KS, VS>;
  /** A session store that the node was given. */
  sessionStore<KS, VS>(name: string): SessionStore<KS, VS>;
}

/** Handles each record of a task. It is synchronous; a promise that it returns is not waited for. */
export type Processor<K, V> = (record: StreamRecord<K, V>) => void;

/** Makes the processor of one task. */
export type ProcessorSupplier<K, V, K2, V2> = (context: ProcessorContext<K2, V2>) => Processor<K, V>;

/**
 * Hands each record to a processor of the application, which may use stores and send any number of records.
 *
 * The key may change, so a grouping or join downstream goes through a repartition topic; `processValues` does without.
 *
 * @param supplier - Called once for each task.
 * @param stores - The names of the stores that the processor uses.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when the supplier or the processor throws.
 * @example Reserve stock
 * ```ts
 * const stock = keyValueStore({ name: 'stock', key: string, value: int32 });
 * orders.process<string, Reservation>(({ keyValueStore, forward }) => {
 *   const left = keyValueStore<string, number>('stock');
 *   return (record) => {
 *     const available = left.get(record.key) ?? 0;
 *     const accepted = record.value.quantity <= available;
 *     if (accepted) left.put(record.key, available - record.value.quantity);
 *     forward(record.withValue({ ...record.value, accepted }));
 *   };
 * }, { stores: [stock] });
 * ```
 */
export function process<K, V, K2, V2>(
  supplier: ProcessorSupplier<K, V, K2, V2>,
  stores: readonly string[],
): Operator<K, V, K2, V2> {
  return hosted(processInfo, supplier, stores);
}

/**
 * Hands each record to a processor like {@link process}, which sends records with the key of the one it was given. What its
 * punctuators send must have a key that the task was given.
 *
 * @param supplier - Called once for each task. What its processor forwards must keep the key.
 * @param stores - The names of the stores that the processor uses.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when the supplier or the processor throws, and
 * when it forwards another key.
 */
export function processValues<K, V, V2>(
  supplier: ProcessorSupplier<K, V, K, V2>,
  stores: readonly string[],
): Operator<K, V, K, V2> {
  return hosted<K, V, K, V2>(
    processValuesInfo,
    (context) => {
      let current: StreamRecord<K, V> | undefined;
      const forward = (record: StreamRecord<K, V2>) => {
        if (current !== undefined && record.key !== current.key) {
          throw new TypeError('processValues must forward the key of its record; use process');
        }
        context.forward(record);
      };
      const between = (punctuator: Punctuator): Punctuator => {
        return (timestampMs) => {
          current = undefined;
          punctuator(timestampMs);
        };
      };
      const schedule: Schedule = (times, type, punctuator) => context.schedule(times, type, between(punctuator));
      const processor = supplier(new ForwardingContext(context, { forward, schedule }));
      return (record) => {
        current = record;
        processor(record);
      };
    },
    stores,
  );
}

function hosted<K, V, K2, V2>(
  info: OperatorInfo,
  supplier: ProcessorSupplier<K, V, K2, V2>,
  stores: readonly string[],
) {
  return defineOperator<K, V, K2, V2>(info, {
    stores,
    run: (context) => {
      const schedule: Schedule = (...asked) => context.schedule(...asked);
      return emitting((forward) => supplier(new ForwardingContext(context, { forward, schedule })));
    },
  });
}

/** What a processor of the application sees of its task. */
export class ForwardingContext<K, V> implements ProcessorContext<K, V> {
  readonly #context: Omit<ProcessorContext<never, never>, 'forward' | 'schedule'>;
  readonly forward: (record: StreamRecord<K, V>) => void;
  readonly schedule: Schedule;

  constructor(
    context: Omit<ProcessorContext<never, never>, 'forward' | 'schedule'>,
    ends: { readonly forward: (record: StreamRecord<K, V>) => void; readonly schedule: Schedule },
  ) {
    this.#context = context;
    this.forward = ends.forward;
    this.schedule = ends.schedule;
  }

  get taskId(): string {
    return this.#context.taskId;
  }

  get source(): RecordMetadata {
    return this.#context.source;
  }

  get streamTimeMs(): number {
    return this.#context.streamTimeMs;
  }

  readonly keyValueStore = <KS, VS>(name: string): KeyValueStore<KS, VS> => this.#context.keyValueStore(name);

  readonly versionedStore = <KS, VS>(name: string): VersionedKeyValueStore<KS, VS> =>
    this.#context.versionedStore(name);

  readonly windowStore = <KS, VS>(name: string): WindowStore<KS, VS> => this.#context.windowStore(name);

  readonly sessionStore = <KS, VS>(name: string): SessionStore<KS, VS> => this.#context.sessionStore(name);
}
