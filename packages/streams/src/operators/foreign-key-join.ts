import type { Serde } from '@nagare/serdes';
import type { Change } from '../change.ts';
import type { TableView } from '../dsl/table-view.ts';
import { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import { hash128 } from '../state/murmur3.ts';
import { type Instruction, instructions, type Subscription, type SubscriptionResponse } from '../state/subscription.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const foreignKeyJoinInfo = operatorInfo({
  name: 'foreignKeyJoin',
  node: 'KTABLE-FK-JOIN-OUTPUT',
  keepsKey: false,
  keepsValue: false,
});

/** How rows are joined with rows of another table that they name. */
export interface ForeignKeyJoin<K, V, KO, VO, V2> {
  /** Gives the key of the other row, or null for none. */
  readonly foreignKey: (value: V, key: K) => KO | null;
  /** Gives the row of the result; the other row is null only in a left join. */
  readonly joiner: (value: V, other: VO | null, key: K) => V2;
  readonly isLeft: boolean;
}

/** How the two tables are written, for the hashes and comparisons of a join. */
export interface ForeignKeySerdes<V, KO> {
  readonly value: Serde<V>;
  readonly foreignKey: Serde<KO>;
  /** The topics that the serdes are told. */
  readonly valueTopic: string;
  readonly foreignKeyTopic: string;
}

/**
 * Sends each change of a row as a subscription to the row that it names: the first step of a foreign-key join.
 *
 * A row that names another one than before is taken from the old one first. In an inner join rows that name none are dropped
 * and counted, and so are, of a versioned table, rows of the past.
 *
 * @param join - How rows are joined.
 * @param serdes - How they are written: the same row must always give the same bytes.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `foreignKey` throws.
 * @example Orders with their customers
 * ```ts
 * orders.joinForeign(customers, (order) => order.customerId, (order, customer) => ({ ...order, customer }));
 * ```
 */
export function subscribe<K, V, KO>(
  join: Pick<ForeignKeyJoin<K, V, KO, never, never>, 'foreignKey' | 'isLeft'> & { readonly dropsPast: boolean },
  serdes: ForeignKeySerdes<V, KO>,
): Operator<K, Change<V>, KO | null, Subscription<K>> {
  const bytesOf = (key: KO | null) => serdes.foreignKey.serialize(serdes.foreignKeyTopic, key);
  const isSame = (a: KO, b: KO | null) => b !== null && bytesOf(a)?.equals(bytesOf(b) as Buffer) === true;
  const keyIn = (value: V | null, key: K) => (value === null ? null : join.foreignKey(value, key));
  return defineOperator(foreignKeyJoinInfo, {
    run: (context) =>
      emitting((emit) => (record) => {
        const { newValue, oldValue, isLatest } = record.value;
        if (join.dropsPast && !isLatest) return context.drop('out-of-order');
        if (newValue === null && oldValue === null) return;
        const now = keyIn(newValue, record.key);
        const before = keyIn(oldValue, record.key);
        if (newValue !== null && now === null && !join.isLeft) context.drop('null-key');
        const hash = newValue === null ? null : hash128(serdes.value.serialize(serdes.valueTopic, newValue) as Buffer);
        const primaryPartition = context.source.partition;
        const send = (foreignKey: KO | null, instruction: Instruction) => {
          const subscription = { hash, instruction, primaryKey: record.key, primaryPartition };
          emit(new StreamRecord(foreignKey, subscription, record.timestamp, record.headers));
        };
        const hasMoved = before !== null && !isSame(before, now);
        if (join.isLeft || now !== null) {
          if (hasMoved) send(before, instructions.deleteAndStaySilent);
          // Where nothing can have been joined before, no answer is needed to delete it.
          send(now, join.isLeft || hasMoved ? instructions.answer : instructions.answerIfThere);
        } else if (before !== null) {
          send(before, instructions.deleteAndAnswer);
        }
      }),
  });
}

/**
 * Makes rows of the answers: the last step of a foreign-key join.
 *
 * An answer to a row that has changed since is dropped and counted: the answer to the new row follows.
 *
 * @param table - The table whose rows were sent.
 * @param join - How rows are joined.
 * @param serdes - How they are written.
 */
export function resolve<K, V, KO, VO, V2>(
  table: TableView<K, V>,
  { joiner, isLeft }: Pick<ForeignKeyJoin<K, V, KO, VO, V2>, 'joiner' | 'isLeft'>,
  serdes: ForeignKeySerdes<V, KO>,
): Operator<K, SubscriptionResponse<VO>, K, V2 | null> {
  return defineOperator(foreignKeyJoinInfo, {
    stores: table.stores,
    run: (context) => {
      const find = table.open(context);
      return emitting<StreamRecord<K, SubscriptionResponse<VO>>, StreamRecord<K, V2 | null>>((emit) => (record) => {
        const { hash, foreignValue } = record.value;
        const row = find(record.key);
        const now = row === undefined ? null : hash128(serdes.value.serialize(serdes.valueTopic, row.value) as Buffer);
        const isCurrent = hash === null || now === null ? hash === now : hash.equals(now);
        if (!isCurrent) return context.drop('stale');
        const hasResult = row !== undefined && (foreignValue !== null || isLeft);
        emit(record.withValue(hasResult ? joiner(row.value, foreignValue, record.key) : null));
      });
    },
  });
}
