import { readInt64, writeInt64 } from '@nagare/serdes';
import { toBytes, toText } from './byte-store.ts';
import { KeyIndex } from './key-index.ts';
import type { OperatorStore } from './store.ts';
import { decodeSuppressed, encodeSuppressed, type SuppressedChange, suppressedBytes } from './suppressed-change.ts';

const timeBytes = 8;

/** Changes that wait, one for each key, ordered by the time that a key was first put with, and then by the key's bytes. */
export class SuppressBuffer {
  readonly #store: OperatorStore;
  /** Times and keys in their order. It is made of the store when a task starts. */
  readonly #order = new KeyIndex();
  #records = 0;
  #bytes = 0;

  constructor(store: OperatorStore) {
    this.#store = store;
    for (const [key, value] of store.range()) this.#count(key, decodeSuppressed(value), 1);
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The smallest time, or undefined when nothing waits. */
  get earliestMs(): number | undefined {
    const first = this.#order.first;
    return first === undefined ? undefined : readInt64(toBytes(first));
  }

  /** Puts a change in the place of the key's earlier one, if there is one: with its time, and with the row before that one. */
  put(key: Buffer, change: SuppressedChange): void {
    const stored = this.#store.get(key);
    const before = stored === undefined ? undefined : decodeSuppressed(stored);
    if (before !== undefined) this.#count(key, before, -1);
    const { bufferTime, prior } = before ?? { bufferTime: change.bufferTime, prior: change.old };
    const next = { ...change, bufferTime, prior };
    this.#store.put(key, encodeSuppressed(next));
    this.#count(key, next, 1);
  }

  /** Takes the first change. */
  takeFirst(): readonly [key: Buffer, change: SuppressedChange] | undefined {
    const first = this.#order.first;
    if (first === undefined) return undefined;
    const key = toBytes(first).subarray(timeBytes);
    const change = decodeSuppressed(this.#store.get(key) as Buffer);
    this.#store.put(key, null);
    this.#count(key, change, -1);
    return [key, change];
  }

  #count(key: Buffer, change: SuppressedChange, by: 1 | -1): void {
    const order = Buffer.allocUnsafe(timeBytes + key.length);
    writeInt64(order, change.bufferTime);
    key.copy(order, timeBytes);
    if (by === 1) this.#order.add(toText(order));
    else this.#order.remove(toText(order));
    this.#records += by;
    this.#bytes += by * suppressedBytes(key, change);
  }
}
