import { type ByteStore, type Entry, keyText } from './byte-store.ts';

/** What a store's next commit has to do. */
export interface PendingCommit {
  /** The last change of each key, in the order in which the keys were first changed. */
  readonly entries: readonly Entry[];
  readonly dropBelow: Buffer | undefined;
}

/**
 * What a task has written to a store since its last commit, in front of what is committed.
 *
 * Only the last change of a key goes to the changelog: a restore ends at a commit, so the changes between are never
 * seen. Until the commit nothing reaches the store below, so that a crash leaves it at the commit before.
 */
export class WriteBuffer {
  readonly #store: ByteStore;
  readonly #entries = new Map<string, Entry>();
  #dropBelow: Buffer | undefined;
  #bytes = 0;

  constructor(store: ByteStore) {
    this.#store = store;
  }

  /** Bytes that wait for the commit. */
  get bytes(): number {
    return this.#bytes;
  }

  get store(): ByteStore {
    return this.#store;
  }

  get(key: Buffer): Buffer | undefined {
    const entry = this.#entries.get(keyText(key));
    return entry === undefined ? this.#committed(key) : (entry.value ?? undefined);
  }

  put(key: Buffer, value: Buffer | null, timestamp: number): void {
    const text = keyText(key);
    const before = this.#entries.get(text);
    this.#bytes += (value?.length ?? 0) - (before === undefined ? -key.length : (before.value?.length ?? 0));
    this.#entries.set(text, { key, value, timestamp });
  }

  /** Removes all keys below a bound, without a trace in the changelog: that has a retention of its own. */
  dropBelow(bound: Buffer): void {
    this.#dropBelow = bound;
    const below = keyText(bound);
    for (const [text, entry] of this.#entries) {
      if (text >= below) continue;
      this.#entries.delete(text);
      this.#bytes -= entry.key.length + (entry.value?.length ?? 0);
    }
  }

  /** Keys in order, from `from` to `to`, both included. The range is read as it stands when it is asked for. */
  *range(from?: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, value: Buffer]> {
    const written = this.#writtenBetween(from, to);
    let next = 0;
    for (const [key, value] of this.#store.range(from, to)) {
      const text = keyText(key);
      for (; next < written.length && (written[next]?.[0] as string) < text; next += 1)
        yield* present(written[next]?.[1]);
      if (written[next]?.[0] === text) {
        yield* present(written[next]?.[1]);
        next += 1;
      } else if (!this.#isDropped(key)) yield [key, value];
    }
    for (; next < written.length; next += 1) yield* present(written[next]?.[1]);
  }

  /** What the next commit writes. It stays readable here until {@link clear}. */
  pending(): PendingCommit {
    return { entries: [...this.#entries.values()], dropBelow: this.#dropBelow };
  }

  /** Forgets what the store below has now. */
  clear(): void {
    this.#entries.clear();
    this.#dropBelow = undefined;
    this.#bytes = 0;
  }

  #committed(key: Buffer): Buffer | undefined {
    return this.#isDropped(key) ? undefined : this.#store.get(key);
  }

  #isDropped(key: Buffer): boolean {
    return this.#dropBelow !== undefined && key.compare(this.#dropBelow) < 0;
  }

  #writtenBetween(from: Buffer | undefined, to: Buffer | undefined): [string, Entry][] {
    const low = from && keyText(from);
    const high = to && keyText(to);
    return [...this.#entries]
      .filter(([text]) => (low === undefined || text >= low) && (high === undefined || text <= high))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function* present(entry: Entry | undefined): Iterable<readonly [Buffer, Buffer]> {
  if (entry !== undefined && entry.value !== null) yield [entry.key, entry.value];
}
