import type { Serde } from '@nagare/serdes';
import type { Change } from '../change.ts';
import type { TableView } from '../dsl/table-view.ts';
import { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import {
  afterPrefix,
  combinedKey,
  foreignKeyPrefix,
  instructions,
  type Subscription,
  type SubscriptionResponse,
} from '../state/subscription.ts';
import { defineOperator, type Operator } from './define-operator.ts';
import { foreignKeyJoinInfo } from './foreign-key-join.ts';

/** The store of the subscriptions to a table, and how its keys are written. */
export interface SubscriptionStore<K, KO> {
  readonly name: string;
  readonly primaryKey: Serde<K>;
  readonly foreignKey: Serde<KO>;
  /** The topics that the serdes are told. */
  readonly primaryKeyTopic: string;
  readonly foreignKeyTopic: string;
}

/** Remembers subscriptions and forgets them, as they say, and passes them on: the second step of a foreign-key join. */
export function keepSubscriptions<K, KO>(
  store: SubscriptionStore<K, KO>,
): Operator<KO | null, Subscription<K>, KO | null, Subscription<K>> {
  return defineOperator(
    { ...foreignKeyJoinInfo, keepsKey: true },
    {
      stores: [store.name],
      run: (context) => {
        const kept = context.keyValueStore<Buffer, Subscription<K>>(store.name);
        return emitting((emit) => (record) => {
          const { instruction, primaryKey } = record.value;
          if (record.key === null) {
            if (instruction !== instructions.answer) return context.drop('null-key');
            return emit(record);
          }
          const foreignKey = store.foreignKey.serialize(store.foreignKeyTopic, record.key) as Buffer;
          const primary = store.primaryKey.serialize(store.primaryKeyTopic, primaryKey) as Buffer;
          const key = combinedKey(foreignKey, primary);
          const isKept = instruction === instructions.answer || instruction === instructions.answerIfThere;
          if (isKept) kept.put(key, record.value, record.timestamp);
          else kept.delete(key, record.timestamp);
          emit(record);
        });
      },
    },
  );
}

/** Answers each subscription with the row that it names, as it asks for it: the third step of a foreign-key join. */
export function answerSubscriptions<K, KO, VO>(
  table: TableView<KO, VO>,
): Operator<KO | null, Subscription<K>, K, SubscriptionResponse<VO>> {
  return defineOperator(foreignKeyJoinInfo, {
    stores: table.stores,
    run: (context) => {
      // What a cache holds back of the row is told to those who have subscribed, or never, if the row comes and goes.
      const find = table.open(context.told);
      return emitting((emit) => (record) => {
        const { hash, instruction, primaryKey, primaryPartition } = record.value;
        if (instruction === instructions.deleteAndStaySilent) return;
        const row = record.key === null ? undefined : find(record.key);
        if (row === undefined && instruction === instructions.answerIfThere) return;
        const isGone = row === undefined || instruction === instructions.deleteAndAnswer;
        const response = { hash, foreignValue: isGone ? null : row.value, primaryPartition };
        const timestamp = row === undefined ? record.timestamp : Math.max(record.timestamp, row.timestamp);
        emit(new StreamRecord(primaryKey, response, timestamp, record.headers));
      });
    },
  });
}

/** Tells each change of a row to all who have subscribed to it; `dropsPast` leaves out, and counts, rows of the past. */
export function tellSubscribers<K, KO, VO>(
  store: SubscriptionStore<K, KO>,
  dropsPast: boolean,
): Operator<KO, Change<VO>, K, SubscriptionResponse<VO>> {
  return defineOperator(foreignKeyJoinInfo, {
    stores: [store.name],
    run: (context) => {
      const kept = context.keyValueStore<Buffer, Subscription<K>>(store.name);
      return emitting((emit) => (record) => {
        if (record.key === null) return context.drop('null-key');
        if (dropsPast && !record.value.isLatest) return context.drop('out-of-order');
        const prefix = foreignKeyPrefix(store.foreignKey.serialize(store.foreignKeyTopic, record.key) as Buffer);
        for (const [key, { hash, primaryKey, primaryPartition }] of kept.range(prefix, afterPrefix(prefix))) {
          if (!key.subarray(0, prefix.length).equals(prefix)) continue;
          const response = { hash, foreignValue: record.value.newValue, primaryPartition };
          emit(new StreamRecord(primaryKey, response, record.timestamp, record.headers));
        }
      });
    },
  });
}
