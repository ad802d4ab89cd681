import type { StreamRecord } from '../record.ts';
import type { OperatorFunction } from '../rx.ts';
import { defineOperator, type Operator, operatorInfo } from './define-operator.ts';

export const liftInfo = operatorInfo({ name: 'lift', node: 'KSTREAM-PIPE', keepsKey: false, keepsValue: false });

export interface LiftOptions {
  /** Whether every record keeps its key. If it does, nothing downstream is repartitioned. Default: false. */
  readonly keepsKey?: boolean;
  /** Whether every record keeps its value, so that its serde is still known. Default: false. */
  readonly keepsValue?: boolean;
}

/**
 * Makes a node of a topology from an operator of RxJS.
 *
 * It runs once in each task, on the records of one partition. It must emit while a record is being processed: what a
 * timer or promise emits later ends the task with an error. Its own state is not kept over a restart.
 *
 * @param operator - An operator over records.
 * @param options - What it keeps; without them a grouping or join downstream goes through a repartition topic.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when the operator fails, and
 * `NAGARE_STREAMS_LATE_EMISSION` when it emits at the wrong time.
 * @example Only changes
 * ```ts
 * prices.pipe(lift(distinctUntilChanged((a, b) => a.value === b.value), { keepsKey: true, keepsValue: true }));
 * ```
 */
export function lift<K, V, K2, V2>(
  operator: OperatorFunction<StreamRecord<K, V>, StreamRecord<K2, V2>>,
  { keepsKey = false, keepsValue = false }: LiftOptions = {},
): Operator<K, V, K2, V2> {
  return defineOperator({ ...liftInfo, keepsKey, keepsValue }, { run: () => operator });
}
