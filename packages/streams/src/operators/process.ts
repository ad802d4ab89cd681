import type { RecordMetadata, StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { KeyValueStore, SessionStore, WindowStore } from '../state/store.ts';
import { defineOperator, type Operator, type OperatorInfo, operatorInfo } from './define-operator.ts';

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
  /** Where the record that is being processed was read. */
  readonly source: RecordMetadata;
  /** The largest timestamp that the task has taken, or -1. */
  readonly streamTimeMs: number;
  /** Sends a record downstream, before it returns. It may be called any number of times while a record is processed. */
  forward(record: StreamRecord<K, V>): void;
  /** A key-value store that the node was given. */
  keyValueStore<KS, VS>(name: string): KeyValueStore<KS, VS>;
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
 * Hands each record to a processor like {@link process}, which sends records with the key of the one it was given.
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
      let key: K;
      const forward = (record: StreamRecord<K, V2>) => {
        if (record.key !== key) throw new TypeError('processValues must forward the key of its record; use process');
        context.forward(record);
      };
      const processor = supplier(new ForwardingContext(context, forward));
      return (record) => {
        key = record.key;
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
    run: (context) => emitting((emit) => supplier(new ForwardingContext(context, emit))),
  });
}

class ForwardingContext<K, V> implements ProcessorContext<K, V> {
  readonly #context: Pick<
    ProcessorContext<never, never>,
    'taskId' | 'source' | 'streamTimeMs' | 'keyValueStore' | 'windowStore' | 'sessionStore'
  >;
  readonly forward: (record: StreamRecord<K, V>) => void;

  constructor(
    context: Pick<
      ProcessorContext<never, never>,
      'taskId' | 'source' | 'streamTimeMs' | 'keyValueStore' | 'windowStore' | 'sessionStore'
    >,
    forward: (record: StreamRecord<K, V>) => void,
  ) {
    this.#context = context;
    this.forward = forward;
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

  readonly windowStore = <KS, VS>(name: string): WindowStore<KS, VS> => this.#context.windowStore(name);

  readonly sessionStore = <KS, VS>(name: string): SessionStore<KS, VS> => this.#context.sessionStore(name);
}
