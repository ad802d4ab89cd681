import type { Operator } from '../operators/define-operator.ts';
import { type AsyncOptions, callTimeoutMs } from '../operators/map-async.ts';
import { applyOperator, type Named, type Place } from './node.ts';

/** Adds the node of an operator whose results come later. */
export function applyAsync<K, V, K2, V2>(
  from: Place<K, V>,
  operatorOf: (options: AsyncOptions<K>) => Operator<K, V, K2, V2>,
  options: AsyncOptions<K> & Named,
): Place<K2, V2> {
  const { key = from.key } = options;
  const at = applyOperator(from, operatorOf({ ...options, key }), options);
  from.builder.waitsFor(at.node, callTimeoutMs(options));
  return at;
}
