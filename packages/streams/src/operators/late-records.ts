import type { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { Operator, OperatorContext } from './define-operator.ts';

/** What an operator and the stream of its late records know each other by in a task: any object. */
export type LateKey = object;

/** Where an operator puts the records that it came to know too late. */
export class LateRecords<K, V> {
  readonly #context: OperatorContext;
  readonly #taker: Taker<K, V> | undefined;

  /** @param key - Undefined when nobody takes late records: they are dropped and counted. */
  constructor(context: OperatorContext, key: LateKey | undefined) {
    this.#context = context;
    this.#taker = key && takerOf(context, key);
  }

  /**
   * Says that a record came too late for some windows.
   *
   * @param windows - How many they were. The ones that a record has missed though others took it are always counted as dropped.
   */
  refuse(record: StreamRecord<K, V>, { windows, isTaken }: { windows: number; isTaken: boolean }): void {
    if (this.#taker !== undefined && !isTaken && windows > 0) this.#taker.take(record);
    else for (let dropped = 0; dropped < windows; dropped += 1) this.#context.drop('late');
  }
}

interface Taker<K, V> {
  take: (record: StreamRecord<K, V>) => void;
}

/** The stream of the late records of the operator before it: nothing else goes through. */
export function lateStream<K, V>(key: LateKey): Operator<never, never, K, V>['run'] {
  return (context) =>
    emitting((emit) => {
      takerOf<K, V>(context, key).take = emit;
      return () => undefined;
    });
}

function takerOf<K, V>(context: OperatorContext, key: LateKey): Taker<K, V> {
  return context.shared<Taker<K, V>>(key, () => ({ take: () => undefined }));
}
