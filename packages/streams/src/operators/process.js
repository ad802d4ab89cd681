import { emitting } from '../rx.js';
import { defineOperator, operatorInfo } from './define-operator.js';
export const processInfo = operatorInfo({
  name: 'process',
  node: 'KSTREAM-PROCESSOR',
  keepsKey: false,
  keepsValue: false,
});
export const processValuesInfo = operatorInfo({
  name: 'processValues',
  node: 'KSTREAM-PROCESSVALUES',
  keepsKey: true,
  keepsValue: false,
});
/**
 * Hands each record to a processor of the application, which may use stores and send any number of records.
 *
 * The key may change, so a grouping or join downstream goes through a repartition topic; `processValues` does without.
 *
 * @param supplier - Called once for each task.
 * @param stores - The names of the stores that the processor uses.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when the supplier or the processor throws.
 * @example Reserve stock
 * ```ts
 * const stock = keyValueStore({ name: 'stock', key: string, value: int32 });
 * orders.process<string, Reservation>(({ keyValueStore, forward }) => {
 *   const left = keyValueStore<string, number>('stock');
 *   return (record) => {
 *     const available = left.get(record.key) ?? 0;
 *     const accepted = record.value.quantity <= available;
 *     if (accepted) left.put(record.key, available - record.value.quantity);
 *     forward(record.withValue({ ...record.value, accepted }));
 *   };
 * }, { stores: [stock] });
 * ```
 */
export function process(supplier, stores) {
  return hosted(processInfo, supplier, stores);
}
/**
 * Hands each record to a processor like {@link process}, which sends records with the key of the one it was given.
 *
 * @param supplier - Called once for each task. What its processor forwards must keep the key.
 * @param stores - The names of the stores that the processor uses.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when the supplier or the processor throws, and
 * when it forwards another key.
 */
export function processValues(supplier, stores) {
  return hosted(
    processValuesInfo,
    (context) => {
      let key;
      const forward = (record) => {
        if (record.key !== key) throw new TypeError('processValues must forward the key of its record; use process');
        context.forward(record);
      };
      const processor = supplier(new ForwardingContext(context, forward));
      return (record) => {
        key = record.key;
        processor(record);
      };
    },
    stores,
  );
}
function hosted(info, supplier, stores) {
  return defineOperator(info, {
    stores,
    run: (context) => emitting((emit) => supplier(new ForwardingContext(context, emit))),
  });
}
class ForwardingContext {
  #context;
  forward;
  constructor(context, forward) {
    this.#context = context;
    this.forward = forward;
  }
  get taskId() {
    return this.#context.taskId;
  }
  get source() {
    return this.#context.source;
  }
  get streamTimeMs() {
    return this.#context.streamTimeMs;
  }
  keyValueStore = (name) => this.#context.keyValueStore(name);
  windowStore = (name) => this.#context.windowStore(name);
}
//# sourceMappingURL=process.js.map
