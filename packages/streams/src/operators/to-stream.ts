import type { Change } from '../change.ts';
import { map } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const toStreamInfo = operatorInfo({
  name: 'toStream',
  node: 'KTABLE-TOSTREAM',
  keepsKey: true,
  keepsValue: true,
});

/**
 * Reads the changes of a table as a stream: one record for each change, null for a deletion.
 *
 * @example Send every new count
 * ```ts
 * counts.toStream().to('counts', { value: int64 });
 * ```
 */
export function toStream<K, V>(): Operator<K, Change<V>, K, V | null> {
  return defineOperator(toStreamInfo, { run: () => map((record) => record.withValue(record.value.newValue)) });
}
