import { type ByteStore, type Entry, toBytes, toText } from './byte-store.ts';
import { KeyIndex } from './key-index.ts';

/** The last change of a key, its bytes as text. */
interface Change {
  readonly value: string | null;
  readonly timestamp: number;
}

/** What a store's next commit has to do. */
export interface PendingCommit {
  /** The last change of each key, in the order in which the keys were first changed. */
  readonly entries: readonly Entry[];
  readonly dropBelow: Buffer | undefined;
  /** What goes to the changelog in their place, in its order; undefined where it is the entries. */
  readonly log: readonly Entry[] | undefined;
}

/**
 * What a task has written to a store since its last commit, in front of what is committed.
 *
 * Only the last change of a key goes to the changelog: a restore ends at a commit, so the changes between are never
 * seen. A store whose past counts logs each change itself. Until the commit nothing reaches the store below, so that a crash leaves it at the commit before.
 */
export class WriteBuffer {
  readonly #store: ByteStore;
  readonly #changes = new Map<string, Change>();
  /** The changed keys in order, kept from the first range that is asked for. */
  #index: KeyIndex | undefined;
  #dropBelow: Buffer | undefined;
  #log: Entry[] | undefined;
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
    const change = this.#changes.get(toText(key));
    if (change === undefined) return this.#committed(key);
    return change.value === null ? undefined : toBytes(change.value);
  }

  put(key: Buffer, value: Buffer | null, timestamp: number): void {
    const text = toText(key);
    const before = this.#changes.get(text);
    this.#bytes += (value?.length ?? 0) - (before === undefined ? -text.length : (before.value?.length ?? 0));
    this.#changes.set(text, { value: value === null ? null : toText(value), timestamp });
    if (before === undefined) this.#index?.add(text);
  }

  /** Says what goes to the changelog. After the first call nothing else does until the commit. */
  log(entry: Entry): void {
    this.#log ??= [];
    this.#log.push(entry);
    this.#bytes += entry.key.length + (entry.value?.length ?? 0);
  }

  /** Removes all keys below a bound, without a trace in the changelog: that has a retention of its own. */
  dropBelow(bound: Buffer): void {
    if (!this.#isDropped(bound)) this.#dropBelow = bound;
    const below = toText(bound);
    for (const [text, { value }] of this.#changes) {
      if (text >= below) continue;
      this.#changes.delete(text);
      this.#index?.remove(text);
      this.#bytes -= text.length + (value?.length ?? 0);
    }
  }

  /** Keys in order, from `from` to `to`, both included. The range is read as it stands when it is asked for. */
  *range(from?: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, value: Buffer]> {
    const written = this.#writtenBetween(from, to);
    let next = 0;
    for (const [key, value] of this.#store.range(from, to)) {
      const text = toText(key);
      for (; next < written.length && (written[next]?.[0] as string) < text; next += 1) yield* present(written[next]);
      if (written[next]?.[0] === text) {
        yield* present(written[next]);
        next += 1;
      } else if (!this.#isDropped(key)) yield [key, value];
    }
    for (; next < written.length; next += 1) yield* present(written[next]);
  }

  /** What the next commit writes. It stays readable here until {@link clear}. */
  pending(): PendingCommit {
    const entries: Entry[] = [];
    for (const [text, { value, timestamp }] of this.#changes) {
      entries.push({ key: toBytes(text), value: value === null ? null : toBytes(value), timestamp });
    }
    return { entries, dropBelow: this.#dropBelow, log: this.#log };
  }

  /** Forgets what the store below has now. */
  clear(): void {
    this.#changes.clear();
    if (this.#index !== undefined) this.#index = new KeyIndex();
    this.#dropBelow = undefined;
    this.#log = undefined;
    this.#bytes = 0;
  }

  #committed(key: Buffer): Buffer | undefined {
    return this.#isDropped(key) ? undefined : this.#store.get(key);
  }

  #isDropped(key: Buffer): boolean {
    return this.#dropBelow !== undefined && key.compare(this.#dropBelow) < 0;
  }

  #writtenBetween(from: Buffer | undefined, to: Buffer | undefined): [string, Change][] {
    this.#index ??= this.#indexed();
    const texts = this.#index.between(from && toText(from), to && toText(to));
    return texts.map((text) => [text, this.#changes.get(text) as Change]);
  }

  #indexed(): KeyIndex {
    const index = new KeyIndex();
    for (const text of this.#changes.keys()) index.add(text);
    return index;
  }
}

function* present(change: readonly [text: string, Change] | undefined): Iterable<readonly [Buffer, Buffer]> {
  if (change === undefined) return;
  const [text, { value }] = change;
  if (value !== null) yield [toBytes(text), toBytes(value)];
}
