import { assert } from '@nagare/base';
import { type ByteStore, keyTextOf, type StoreBatch, toBytes, toText, valueTextOf } from './byte-store.ts';
import { KeyIndex } from './key-index.ts';

/** Keeps a store's bytes in memory. A new process restores it from its changelog. */
export class MemoryStore implements ByteStore {
  readonly #values = new Map<string, string>();
  readonly #index: KeyIndex | undefined;
  #position: number | undefined;

  constructor({ ordered = false }: { readonly ordered?: boolean } = {}) {
    this.#index = ordered ? new KeyIndex() : undefined;
  }

  get position(): number | undefined {
    return this.#position;
  }

  get count(): number {
    return this.#values.size;
  }

  get(key: Buffer): Buffer | undefined {
    const value = this.getText(toText(key));
    return value === undefined ? undefined : toBytes(value);
  }

  getText(key: string): string | undefined {
    return this.#values.get(key);
  }

  *range(from?: Buffer, to?: Buffer): Iterable<readonly [Buffer, Buffer]> {
    assert(this.#index !== undefined, 'range() needs a store that was opened ordered');
    for (const text of this.#index.between(from && toText(from), to && toText(to))) {
      const value = this.#values.get(text);
      if (value !== undefined) yield [toBytes(text), toBytes(value)];
    }
  }

  async write(batch: StoreBatch): Promise<void> {
    this.apply(batch);
  }

  /** Does what {@link write} does, at once. */
  apply({ entries, position, dropBelow }: StoreBatch): void {
    if (dropBelow !== undefined) this.#dropBelow(toText(dropBelow));
    for (const entry of entries) {
      const value = valueTextOf(entry);
      if (value === null) this.#remove(keyTextOf(entry));
      else this.#set(keyTextOf(entry), value);
    }
    this.#position = position;
  }

  async close(): Promise<void> {}

  async discard(): Promise<void> {
    this.#values.clear();
  }

  #set(text: string, value: string): void {
    const before = this.#values.size;
    this.#values.set(text, value);
    if (this.#values.size > before) this.#index?.add(text);
  }

  #remove(text: string): void {
    if (this.#values.delete(text)) this.#index?.remove(text);
  }

  /** Walks all keys. That happens once for each segment of a window store, which holds a fair share of them. */
  #dropBelow(bound: string): void {
    for (const text of this.#values.keys()) if (text < bound) this.#remove(text);
  }
}
