import { StreamsError } from '../errors.js';
/** Makes an operator of its description and what it does. */
export function defineOperator(info, parts) {
  const { run, stores = [] } = parts;
  const properties = Object.entries({ ...info, stores, run }).map(([name, value]) => [
    name,
    { value, enumerable: true },
  ]);
  const apply = (source) => run(outside)(source);
  return Object.freeze(Object.defineProperties(apply, Object.fromEntries(properties)));
}
/** Stands in for a task where there is none. */
const outside = new Proxy(
  {},
  {
    get(_target, property) {
      throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', `an operator used ${String(property)} outside a topology`);
    },
  },
);
/** Describes an operator; the registry lists them all. */
export function operatorInfo(info) {
  return Object.freeze(info);
}
//# sourceMappingURL=define-operator.js.map
