import { map } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const mapValuesInfo = operatorInfo({
  name: 'mapValues',
  node: 'KSTREAM-MAPVALUES',
  keepsKey: true,
  keepsValue: false,
});

/**
 * Replaces the value of each record and keeps its key, timestamp and headers.
 *
 * The key stays, so nothing downstream is repartitioned.
 *
 * @param project - Called once for each record, in offset order within a partition.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when `project` throws.
 * @example Keep only the address of each click
 * ```ts
 * clicks.mapValues((click) => click.url);
 * ```
 */
export function mapValues<K, V, V2>(project: (value: V, key: K) => V2): Operator<K, V, K, V2> {
  return defineOperator(mapValuesInfo, {
    run: () => map((record) => record.withValue(project(record.value, record.key))),
  });
}
