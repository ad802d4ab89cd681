import type { Operator } from '../operators/define-operator.ts';
import { lift } from '../operators/lift.ts';
import type { StreamRecord } from '../record.ts';
import type { OperatorFunction } from '../rx.ts';
import { applyOperator, type Place } from './node.ts';
import { KStream } from './stream.ts';

/** An operator of this package, or one of RxJS over records. */
export type Piped<K, V, K2, V2> = OperatorFunction<StreamRecord<K, V>, StreamRecord<K2, V2>>;

/** Applies one to six operators, each of which becomes a node. */
export interface Pipe<K, V> {
  <K1, V1>(a: Piped<K, V, K1, V1>): KStream<K1, V1>;
  <K1, V1, K2, V2>(a: Piped<K, V, K1, V1>, b: Piped<K1, V1, K2, V2>): KStream<K2, V2>;
  <K1, V1, K2, V2, K3, V3>(a: Piped<K, V, K1, V1>, b: Piped<K1, V1, K2, V2>, c: Piped<K2, V2, K3, V3>): KStream<K3, V3>;
  <K1, V1, K2, V2, K3, V3, K4, V4>(
    a: Piped<K, V, K1, V1>,
    b: Piped<K1, V1, K2, V2>,
    c: Piped<K2, V2, K3, V3>,
    d: Piped<K3, V3, K4, V4>,
  ): KStream<K4, V4>;
  <K1, V1, K2, V2, K3, V3, K4, V4, K5, V5>(
    a: Piped<K, V, K1, V1>,
    b: Piped<K1, V1, K2, V2>,
    c: Piped<K2, V2, K3, V3>,
    d: Piped<K3, V3, K4, V4>,
    e: Piped<K4, V4, K5, V5>,
  ): KStream<K5, V5>;
  <K1, V1, K2, V2, K3, V3, K4, V4, K5, V5, K6, V6>(
    a: Piped<K, V, K1, V1>,
    b: Piped<K1, V1, K2, V2>,
    c: Piped<K2, V2, K3, V3>,
    d: Piped<K3, V3, K4, V4>,
    e: Piped<K4, V4, K5, V5>,
    f: Piped<K5, V5, K6, V6>,
  ): KStream<K6, V6>;
}

/** Adds a node for each operator and gives the stream behind the last one. */
export function pipeThrough(from: Place<unknown, unknown>, operators: readonly unknown[]): KStream<unknown, unknown> {
  let at = from;
  for (const operator of operators) at = applyOperator(at, asOperator(operator));
  return new KStream(at);
}

function asOperator(operator: unknown): Operator<unknown, unknown, unknown, unknown> {
  if (typeof operator !== 'function') throw new TypeError('pipe() takes operators of this package and of RxJS');
  if ('run' in operator) return operator as Operator<unknown, unknown, unknown, unknown>;
  return lift(operator as Piped<unknown, unknown, unknown, unknown>);
}
