import { type ByteStore, type Entry, toBytes, toText } from './byte-store.ts';
import { KeyIndex } from './key-index.ts';

/** The last change of a key. Its bytes are made when they are asked for: a commit has all changes at once, and needs theirs one by one. */
class Change implements Entry {
  readonly text: string;
  readonly valueText: string | null;
  readonly timestamp: number;

  constructor(text: string, valueText: string | null, timestamp: number) {
    this.text = text;
    this.valueText = valueText;
    this.timestamp = timestamp;
  }

  get key(): Buffer {
    return toBytes(this.text);
  }

  get value(): Buffer | null {
    return this.valueText === null ? null : toBytes(this.valueText);
  }
}

/** What a store's next commit has to do. */
export interface PendingCommit {
  /** The last change of each key, in the order in which the keys were first changed. */
  readonly entries: readonly Entry[];
  readonly dropBelow: Buffer | undefined;
  /** What goes to the changelog in their place, in its order; undefined where it is the entries. */
  readonly log: readonly Entry[] | undefined;
}

/** What a store of rows does with its bytes. */
export interface RowBytes extends Pick<WriteBuffer, 'get' | 'getText' | 'put' | 'putText' | 'range' | 'dropBelow'> {
  /** Told of what was not put, because it is older than the store keeps rows. */
  passBy?(key: string, value: string | null, timestamp: number): void;
}

/** Is told what happens in a buffer. */
export interface BufferWatcher {
  /** A change, as it is put. */
  put(entry: Entry): void;
  /** What goes to the changelog of a store that logs itself, as it is logged. */
  log(entry: Entry): void;
  /** Everything since the commit before, once it is committed. */
  committed(pending: PendingCommit): void;
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
  /** The changed keys in order, kept from the first range that is asked for since the last commit. */
  #index: KeyIndex | undefined;
  #dropBelow: string | undefined;
  #log: Entry[] | undefined;
  #bytes = 0;
  #watcher: BufferWatcher | undefined;

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
    const value = this.getText(toText(key));
    return value === undefined ? undefined : toBytes(value);
  }

  /** What {@link get} does, with key and value as they are kept. */
  getText(key: string): string | undefined {
    const change = this.#changes.get(key);
    if (change !== undefined) return change.valueText ?? undefined;
    return this.#isDropped(key) ? undefined : committedText(this.#store, key);
  }

  put(key: Buffer, value: Buffer | null, timestamp: number): void {
    this.putText(toText(key), value === null ? null : toText(value), timestamp);
  }

  /** What {@link put} does, with key and value as they are kept. */
  putText(key: string, value: string | null, timestamp: number): void {
    const before = this.#changes.get(key);
    this.#bytes += (value?.length ?? 0) - (before === undefined ? -key.length : (before.valueText?.length ?? 0));
    const change = new Change(key, value, timestamp);
    this.#changes.set(key, change);
    if (before === undefined) this.#index?.add(key);
    this.#watcher?.put(change);
  }

  /** Whether a key, given as a text, was put since the last commit. */
  hasChanged(text: string): boolean {
    return this.#changes.has(text);
  }

  /** Undoes all that was put for a key, given as a text, since the last commit. */
  forget(text: string): void {
    const change = this.#changes.get(text);
    if (change === undefined) return;
    this.#changes.delete(text);
    this.#index?.remove(text);
    this.#bytes -= text.length + (change.valueText?.length ?? 0);
  }

  /** Says what goes to the changelog. After the first call nothing else does until the commit. */
  log(entry: Entry): void {
    this.#log ??= [];
    this.#log.push(entry);
    this.#watcher?.log(entry);
    this.#bytes += entry.key.length + (entry.value?.length ?? 0);
  }

  /** Removes all keys below a bound, without a trace in the changelog: that has a retention of its own. */
  dropBelow(bound: Buffer): void {
    const below = toText(bound);
    if (!this.#isDropped(below)) this.#dropBelow = below;
    for (const [text, { valueText }] of this.#changes) {
      if (text >= below) continue;
      this.#changes.delete(text);
      this.#index?.remove(text);
      this.#bytes -= text.length + (valueText?.length ?? 0);
    }
  }

  /** Keys in order, from `from` to `to`, both included. The range is read as it stands when it is asked for. */
  *range(from?: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, value: Buffer]> {
    const written = this.#writtenBetween(from, to);
    let next = 0;
    for (const [key, value] of this.#store.range(from, to)) {
      const text = toText(key);
      for (; next < written.length && (written[next] as Change).text < text; next += 1) yield* present(written[next]);
      if (written[next]?.text === text) {
        yield* present(written[next]);
        next += 1;
      } else if (!this.#isDropped(text)) yield [key, value];
    }
    for (; next < written.length; next += 1) yield* present(written[next]);
  }

  /** What the next commit writes. It stays readable here until {@link clear}. */
  pending(): PendingCommit {
    const dropBelow = this.#dropBelow === undefined ? undefined : toBytes(this.#dropBelow);
    return { entries: Array.from(this.#changes.values()), dropBelow, log: this.#log };
  }

  /** Says who is told what happens here, from now on. */
  watch(watcher: BufferWatcher | undefined): void {
    this.#watcher = watcher;
  }

  /** About how many keys there are: one that has changed since the last commit counts twice. Undefined where the store below does not count. */
  get count(): number | undefined {
    const { count } = this.#store;
    return count === undefined ? undefined : count + this.#changes.size;
  }

  /** Forgets what the store below has now, since it is committed. */
  clear(): void {
    this.#watcher?.committed(this.pending());
    if (this.#changes.size > 0) this.#changes.clear();
    this.#index = undefined;
    this.#dropBelow = undefined;
    this.#log = undefined;
    this.#bytes = 0;
  }

  #isDropped(key: string): boolean {
    return this.#dropBelow !== undefined && key < this.#dropBelow;
  }

  #writtenBetween(from: Buffer | undefined, to: Buffer | undefined): Change[] {
    this.#index ??= this.#indexed();
    const texts = this.#index.between(from && toText(from), to && toText(to));
    return texts.map((text) => this.#changes.get(text) as Change);
  }

  #indexed(): KeyIndex {
    const index = new KeyIndex();
    for (const text of this.#changes.keys()) index.add(text);
    return index;
  }
}

function committedText(store: ByteStore, key: string): string | undefined {
  if (store.getText !== undefined) return store.getText(key);
  const value = store.get(toBytes(key));
  return value === undefined ? undefined : toText(value);
}

function* present(change: Change | undefined): Iterable<readonly [Buffer, Buffer]> {
  const value = change?.value;
  if (change !== undefined && value !== undefined && value !== null) yield [change.key, value];
}
