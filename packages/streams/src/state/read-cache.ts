/**
 * Values, as texts, that were read or written lately, bounded in bytes.
 *
 * It has two generations: what is used moves to the young one, and when that has taken half of the bound the old one is
 * forgotten. So it costs no list of uses, and keeps at least the values used within the last half.
 */
export class ReadCache {
  readonly #generationBytesMax: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  #youngBytes = 0;

  constructor(bytesMax: number) {
    this.#generationBytesMax = bytesMax / 2;
  }

  get(key: string): string | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: string): void {
    const before = this.#young.get(key);
    this.#youngBytes += before === undefined ? key.length + value.length : value.length - before.length;
    this.#young.set(key, value);
    if (this.#youngBytes <= this.#generationBytesMax) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  delete(key: string): void {
    const young = this.#young.get(key);
    if (young !== undefined) this.#youngBytes -= key.length + young.length;
    this.#young.delete(key);
    this.#old.delete(key);
  }

  deleteBelow(bound: string): void {
    for (const generation of [this.#young, this.#old]) {
      for (const key of generation.keys()) if (key < bound) this.delete(key);
    }
  }
}
