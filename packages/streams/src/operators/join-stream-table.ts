import type { Serde } from '@nagare/serdes';
import type { FindRow, TableView } from '../dsl/table-view.ts';
import { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import { JoinBuffer } from '../state/join-buffer.ts';
import {
  defineOperator,
  type Operator,
  type OperatorContext,
  type OperatorInfo,
  operatorInfo,
} from './define-operator.ts';

export const joinInfo = operatorInfo({ name: 'join', node: 'KSTREAM-JOIN', keepsKey: true, keepsValue: false });

export const leftJoinInfo = operatorInfo({
  name: 'leftJoin',
  node: 'KSTREAM-LEFTJOIN',
  keepsKey: true,
  keepsValue: false,
});

/** Where records of the stream wait for rows of a versioned table that come late (KIP-923). */
export interface JoinGrace<K, V> {
  readonly graceMs: number;
  readonly store: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** The topic that the serdes are told. */
  readonly topic: string;
}

/**
 * Joins each record of a stream with the row of its key, as the table stands when the record is processed or, if the table is
 * versioned, as it stood at the record's time.
 *
 * Only records of the stream send results, with the record's timestamp. Records without key or value are dropped and
 * counted, and so are, silently, those without a row. With a grace they wait until the stream's time is that much
 * later; those that come later than that are joined at once.
 *
 * @param table - The table, partitioned like the stream.
 * @param joiner - Gives the value of the result.
 * @param grace - Where and how long records wait. Default: not at all.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `joiner` throws.
 * @example Orders with their customers
 * ```ts
 * orders.join(customers, (order, customer) => ({ ...order, name: customer.name }));
 * ```
 */
export function joinTable<K, V, VT, V2>(
  table: TableView<K, VT>,
  joiner: (value: V, row: VT, key: K) => V2,
  grace?: JoinGrace<K, V>,
): Operator<K, V, K, V2> {
  const lookup = { info: joinInfo, table, grace };
  return lookUp<K, V, VT, V2>(lookup, (record, row, emit) => {
    if (row !== undefined) emit(record.withValue(joiner(record.value, row, record.key)));
  });
}

/**
 * Joins like {@link joinTable}, and gives null to the joiner where there is no row. A record without a key has none, and does not
 * wait.
 *
 * @param table - The table, partitioned like the stream.
 * @param joiner - Gives the value of the result.
 * @param grace - Where and how long records wait. Default: not at all.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `joiner` throws.
 * @example Orders with their customers, if they are known
 * ```ts
 * orders.leftJoin(customers, (order, customer) => ({ ...order, name: customer?.name ?? 'unknown' }));
 * ```
 */
export function leftJoinTable<K, V, VT, V2>(
  table: TableView<K, VT>,
  joiner: (value: V, row: VT | null, key: K) => V2,
  grace?: JoinGrace<K, V>,
): Operator<K, V, K, V2> {
  const lookup = { info: leftJoinInfo, table, grace };
  return lookUp<K, V, VT, V2>(lookup, (record, row, emit) => {
    emit(record.withValue(joiner(record.value, row ?? null, record.key)));
  });
}

type Found<K, V, VT, V2> = (
  record: StreamRecord<K, V>,
  row: VT | undefined,
  emit: (record: StreamRecord<K, V2>) => void,
) => void;

interface Lookup<K, V, VT> {
  readonly info: OperatorInfo;
  readonly table: TableView<K, VT>;
  readonly grace: JoinGrace<K, V> | undefined;
}

function lookUp<K, V, VT, V2>({ info, table, grace }: Lookup<K, V, VT>, found: Found<K, V, VT, V2>) {
  const keepsNullKeys = info === leftJoinInfo;
  return defineOperator<K, V, K, V2>(info, {
    stores: grace === undefined ? table.stores : [grace.store, ...table.stores],
    run: (context) => {
      const find = findAt(table, context);
      const waiting = grace === undefined ? undefined : new WaitingRecords(context, grace);
      return emitting((emit) => (record) => {
        if (record.value === null) return context.drop('null-value');
        if (record.key === null && !keepsNullKeys) return context.drop('null-key');
        if (record.key === null) return found(record, undefined, emit);
        if (waiting?.put(record) !== true) return found(record, find(record.key, record.timestamp)?.value, emit);
        for (const due of waiting.takeDue()) found(due, find(due.key, due.timestamp)?.value, emit);
      });
    },
  });
}

/** Looks rows up as of a time where the table knows its past. */
function findAt<K, VT>(table: TableView<K, VT>, context: OperatorContext): FindRow<K, VT> {
  const find = table.open(context);
  return table.historyMs === undefined ? (key) => find(key) : find;
}

class WaitingRecords<K, V> {
  readonly #context: OperatorContext;
  readonly #grace: JoinGrace<K, V>;
  readonly #buffer: JoinBuffer;

  constructor(context: OperatorContext, grace: JoinGrace<K, V>) {
    this.#context = context;
    this.#grace = grace;
    this.#buffer = new JoinBuffer(context.bytesStore(grace.store), grace.graceMs, context.observedTime);
  }

  put({ key, value, timestamp, headers }: StreamRecord<K, V>): boolean {
    const { topic } = this.#grace;
    const bytes = this.#grace.key.serialize(topic, key) as Buffer;
    const now = this.#grace.value.serialize(topic, value);
    return this.#buffer.put(bytes, { ...this.#context.source, now, timestamp, headers });
  }

  *takeDue(): Iterable<StreamRecord<K, V>> {
    const { topic } = this.#grace;
    for (const [bytes, { now, timestamp, headers }] of this.#buffer.takeDue()) {
      const key = this.#grace.key.deserialize(topic, bytes) as K;
      yield new StreamRecord(key, this.#grace.value.deserialize(topic, now) as V, timestamp, headers);
    }
  }
}
