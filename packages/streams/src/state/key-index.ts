const chunkKeysMax = 512;

/** Keys in order, as texts. Adding and removing cost the logarithm of their number and one small move. */
export class KeyIndex {
  readonly #chunks: string[][] = [];

  /** The smallest key. */
  get first(): string | undefined {
    return this.#chunks[0]?.[0];
  }

  /** How many keys there are. */
  get size(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  add(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    const index = firstAtLeast(chunk, key);
    if (chunk[index] === key) return;
    chunk.splice(index, 0, key);
    if (chunk.length > chunkKeysMax) this.#chunks.splice(at + 1, 0, chunk.splice(chunkKeysMax / 2));
  }

  remove(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const index = firstAtLeast(chunk, key);
    if (chunk[index] !== key) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** A copy of the keys from `from` to `to`, both included, so that the index may change while they are used. */
  between(from: string | undefined, to: string | undefined): string[] {
    const found: string[] = [];
    const first = from === undefined ? 0 : this.#chunkOf(from);
    for (let at = first; at < this.#chunks.length; at += 1) {
      const chunk = this.#chunks[at] as string[];
      for (let i = at === first && from !== undefined ? firstAtLeast(chunk, from) : 0; i < chunk.length; i += 1) {
        const key = chunk[i] as string;
        if (to !== undefined && key > to) return found;
        found.push(key);
      }
    }
    return found;
  }

  /** The last chunk that starts at or below the key, or the first one. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (((this.#chunks[middle] as string[])[0] as string) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function firstAtLeast(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
