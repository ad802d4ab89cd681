import { lift } from '../operators/lift.js';
import { applyOperator } from './node.js';
import { KStream } from './stream.js';
/** Adds a node for each operator and gives the stream behind the last one. */
export function pipeThrough(from, operators) {
  let at = from;
  for (const operator of operators) at = applyOperator(at, asOperator(operator));
  return new KStream(at);
}
function asOperator(operator) {
  if (typeof operator !== 'function') throw new TypeError('pipe() takes operators of this package and of RxJS');
  if ('run' in operator) return operator;
  return lift(operator);
}
//# sourceMappingURL=pipe.js.map
