import type { Change } from '../change.ts';
import type { OldValues } from '../dsl/table-rows.ts';
import { StreamsError } from '../errors.ts';
import type { Header, RecordMetadata, StreamRecord } from '../record.ts';
import type { Observable, OperatorFunction } from '../rx.ts';
import type {
  KeyValueStore,
  OperatorStore,
  SessionStore,
  TableStore,
  VersionedKeyValueStore,
  WindowStore,
} from '../state/store.ts';
import type { AsyncLane, AsyncLaneOptions } from './async-lane.ts';
import type { Schedule } from './punctuation.ts';
import type { ExpiringRows } from './row-expiry.ts';

/** Why a record was dropped, for the counter of dropped records. */
export type DropReason =
  | 'null-key'
  | 'null-value'
  | 'late'
  | 'duplicate'
  | 'out-of-order'
  | 'stale'
  | 'deserialization'
  | 'processing'
  | 'production'
  | 'timestamp';

/** The largest timestamp that a node has seen, in milliseconds. */
export interface ObservedTime {
  ms: number;
}

/** Whose changes are held back, and how they go on. */
export interface HoldOptions<K, V> {
  /** The store's name. */
  readonly name: string;
  /** Whether the row before goes with the new one. */
  readonly sent: OldValues;
  readonly emit: (record: StreamRecord<K, Change<V>>) => void;
}

/** Holds back the changes of a store. */
export interface Holder {
  /** Says which record the next changes are due to: theirs go on with its headers. */
  by(record: { readonly headers: readonly Header[] }): void;
}

/** What an operator sees of the task that it runs in. */
export interface OperatorContext {
  /** The task, as `<sub-topology>_<partition>`. */
  readonly taskId: string;
  /** Where the record that is being processed was read. */
  readonly source: RecordMetadata;
  /** The largest timestamp that the task has taken, or -1. */
  readonly streamTimeMs: number;
  /** The node's own event time, which survives restarts with the task's offsets. It starts at -1. */
  readonly observedTime: ObservedTime;
  /** How far final results of a store's windows were sent. It survives restarts like {@link observedTime} and starts at -1. */
  emittedTime(store: string): ObservedTime;
  /** The host's time, in milliseconds since some moment. It moves between records, or not. */
  readonly nowMs: number;
  /** How long to wait between two looks for results that have become final, of {@link nowMs}. */
  readonly emitIntervalMs: number;
  /** What the nodes of the task that know `key` have in common; the first one makes it. */
  shared<T>(key: object, make: () => T): T;
  keyValueStore<K, V>(name: string): KeyValueStore<K, V>;
  versionedStore<K, V>(name: string): VersionedKeyValueStore<K, V>;
  /** The rows of a table, versioned or not. */
  tableStore<K, V>(name: string): TableStore<K, V>;
  windowStore<K, V>(name: string): WindowStore<K, V>;
  sessionStore<K, V>(name: string): SessionStore<K, V>;
  bytesStore(name: string): OperatorStore;
  /**
   * Has the record cache hold back changes of the rows that the node keeps; undefined when the store has none. Then the operator sends
   * each change itself, else the cache does, later.
   */
  hold<K, V>(options: HoldOptions<K, V>): Holder | undefined;
  /** Lets caches send all that they hold back. */
  flush(): void;
  /**
   * The same, but rows of tables are found as they were last told of, not as a cache has them. A join of tables needs it: if it saw a
   * change before it is told, it would not know what it had sent before.
   */
  readonly told: OperatorContext;
  /** Has a function called again and again, by stream time or by the wall clock. */
  readonly schedule: Schedule;
  /** What it takes to let the rows of a store go; undefined when they stay. */
  expiringRows<K>(name: string): ExpiringRows<K> | undefined;
  /** Has calls made whose results come later. Called once, when the node starts. */
  asyncLane(options: AsyncLaneOptions): AsyncLane;
  /** Counts the record that is being processed as dropped. */
  drop(reason: DropReason): void;
}

/** What an operator is, apart from what it does. */
export interface OperatorInfo {
  /** Its method, and the stem of its file. */
  readonly name: string;
  /** The prefix of its nodes' names, as Kafka Streams has it. */
  readonly node: string;
  /** Whether every record keeps its key, so that nothing downstream needs repartitioning. */
  readonly keepsKey: boolean;
  /** Whether every record keeps its value, so that its serde is still known. */
  readonly keepsValue: boolean;
}

/**
 * A step of a topology: its description, and an RxJS operator for each task.
 *
 * @typeParam K - The key that comes in.
 * @typeParam V - The value that comes in.
 * @typeParam K2 - The key that goes out.
 * @typeParam V2 - The value that goes out.
 */
export interface Operator<K, V, K2, V2> extends OperatorInfo {
  /** Applies the operator outside a topology, to any Observable of records. Only operators without state can be. */
  (source: Observable<StreamRecord<K, V>>): Observable<StreamRecord<K2, V2>>;
  readonly stores: readonly string[];
  /** Called once for each task. */
  readonly run: (context: OperatorContext) => OperatorFunction<StreamRecord<K, V>, StreamRecord<K2, V2>>;
}

/** Makes an operator of its description and what it does. */
export function defineOperator<K, V, K2, V2>(
  info: OperatorInfo,
  parts: { readonly run: Operator<K, V, K2, V2>['run']; readonly stores?: readonly string[] },
): Operator<K, V, K2, V2> {
  const { run, stores = [] } = parts;
  const properties = Object.entries({ ...info, stores, run }).map(([name, value]) => [
    name,
    { value, enumerable: true },
  ]);
  const apply = (source: Observable<StreamRecord<K, V>>) => run(outside)(source);
  return Object.freeze(Object.defineProperties(apply, Object.fromEntries(properties))) as Operator<K, V, K2, V2>;
}

/** Stands in for a task where there is none. */
const outside = new Proxy({} as OperatorContext, {
  get(_target, property) {
    throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', `an operator used ${String(property)} outside a topology`);
  },
});

/** Describes an operator; the registry lists them all. */
export function operatorInfo(info: {
  readonly name: string;
  readonly node: string;
  readonly keepsKey: boolean;
  readonly keepsValue: boolean;
}): OperatorInfo {
  return Object.freeze(info);
}
