/** What a row takes beside its characters: the heads of two strings, and its place in a map. */
const rowOverheadBytes = 80;

/**
 * What the read caches of some stores may take together.
 *
 * Each cache has two generations: what is used moves to the young one, and when the young ones have taken half of the budget
 * the old ones are forgotten. So there is no list of uses, and at least the values used within the last half are kept.
 */
export class ReadBudget {
  readonly #generationBytesMax: number;
  readonly #caches = new Set<ReadCache>();
  #youngBytes = 0;

  constructor(bytesMax: number) {
    this.#generationBytesMax = bytesMax / 2;
  }

  /** A cache for one more store. */
  open(): ReadCache {
    const cache = new ReadCache((bytes) => this.#take(bytes));
    this.#caches.add(cache);
    return cache;
  }

  /** Gives back what a cache has. It must not be used any more. */
  close(cache: ReadCache): void {
    if (this.#caches.delete(cache)) this.#youngBytes -= cache.youngBytes;
  }

  #take(bytes: number): void {
    this.#youngBytes += bytes;
    if (this.#youngBytes <= this.#generationBytesMax) return;
    this.#youngBytes = 0;
    for (const cache of this.#caches) cache.age();
  }
}

/** Values of one store, as texts, that were read or written lately. */
export class ReadCache {
  readonly #take: (bytes: number) => void;
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  #youngBytes = 0;

  /** @param take - Told how many bytes more, or fewer, the young generation has. */
  constructor(take: (bytes: number) => void) {
    this.#take = take;
  }

  get youngBytes(): number {
    return this.#youngBytes;
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
    this.#young.set(key, value);
    this.#count(before === undefined ? rowBytes(key, value) : value.length - before.length);
  }

  delete(key: string): void {
    const young = this.#young.get(key);
    this.#old.delete(key);
    if (young === undefined) return;
    this.#young.delete(key);
    this.#count(-rowBytes(key, young));
  }

  deleteBelow(bound: string): void {
    for (const generation of [this.#young, this.#old]) {
      for (const key of generation.keys()) if (key < bound) this.delete(key);
    }
  }

  /** Forgets what has not been used since this was called last. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  #count(bytes: number): void {
    this.#youngBytes += bytes;
    this.#take(bytes);
  }
}

function rowBytes(key: string, value: string): number {
  return key.length + value.length + rowOverheadBytes;
}
