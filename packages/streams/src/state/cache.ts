import { assert } from '@nagare/base';
import { type Header, noHeaders, type RecordMetadata } from '../record.ts';
import { toBytes, toText } from './byte-store.ts';
import type { RowBytes, WriteBuffer } from './write-buffer.ts';

/** What an entry takes beside its bytes, about: its record, and its place in the order. */
const entryBytes = 100;

/** Bytes that the caches of all tasks of an application may take together. */
export class CacheBudget {
  bytesMax: number;
  bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get isOver(): boolean {
    return this.bytes > this.bytesMax;
  }
}

/** A change of a row that nobody downstream was told of: what is known of the last record that changed the row. */
export interface HeldChange {
  /** Where it was read. */
  readonly source: RecordMetadata;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

interface Entry extends HeldChange {
  source: RecordMetadata;
  timestamp: number;
  headers: readonly Header[];
  /** Whether there was a row before the first change. */
  readonly wasThere: boolean;
  /** Its bytes as a text, if anybody asks for them. */
  readonly before: string | undefined;
  /** Whether nothing had been put for the row since the commit. */
  readonly isFirst: boolean;
  /** The row, if it has left the store with its segment in the meantime. */
  dropped: string | undefined;
  bytes: number;
}

/** What a change has made of a row, and what was there when the row was last told of; undefined for no row. */
export interface HeldRow {
  readonly now: Buffer | undefined;
  readonly before: Buffer | undefined;
}

/** How the bytes of a store are read, where its changes are told. */
export interface RowReader {
  keyIn(storeKey: Buffer): unknown;
  valueIn(stored: Buffer): unknown;
  /** The time that a row has by its key, if it has one. */
  timeIn(storeKey: Buffer): number | undefined;
}

/** Goes on with the changes that a cache lets go of. */
export interface Teller {
  /** Whether it is told what was before. */
  readonly hearsBefore: boolean;
  tell(key: Buffer, row: HeldRow, held: HeldChange): void;
}

/**
 * Stands in front of a store of rows and holds back that they have changed: downstream is told of the last of several changes of a row,
 * and of the row before the first one.
 *
 * The rows themselves are in the write buffer at once, which writes and logs them with the commit; so whoever reads the
 * store sees them. What is held is ordered by the last change.
 */
export class StoreCache implements RowBytes {
  readonly #buffer: WriteBuffer;
  readonly #budget: CacheBudget;
  readonly #at: { readonly source: RecordMetadata };
  readonly #held = new Map<string, Entry>();
  /** Stands before the oldest entry: an iterator that begins at the start walks over all that was deleted there. */
  #oldest = this.#held.entries();
  #teller: Teller | undefined;
  #keepsBefore = false;
  #headers = noHeaders;
  #bytes = 0;

  /** @param at - Knows where the record that is being processed was read. */
  constructor(buffer: WriteBuffer, budget: CacheBudget, at: { readonly source: RecordMetadata }) {
    this.#buffer = buffer;
    this.#budget = budget;
    this.#at = at;
  }

  /** How many rows are held. */
  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Says who goes on with changes. Until then none is held. */
  tellTo(teller: Teller): void {
    this.#teller = teller;
    this.#keepsBefore ||= teller.hearsBefore;
  }

  /** Reads the rows as they were when they were last told. Called before the first of them changes. */
  get told(): RowBytes {
    this.#keepsBefore = true;
    return new ToldRows(this.#buffer, this.#held);
  }

  /** Says which record the next changes are due to. */
  by({ headers }: { readonly headers: readonly Header[] }): void {
    this.#headers = headers;
  }

  get(key: Buffer): Buffer | undefined {
    return this.#buffer.get(key);
  }

  getText(key: string): string | undefined {
    return this.#buffer.getText(key);
  }

  range(from?: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, value: Buffer]> {
    return this.#buffer.range(from, to);
  }

  put(key: Buffer, value: Buffer | null, timestamp: number): void {
    this.putText(toText(key), value === null ? null : toText(value), timestamp);
  }

  putText(key: string, value: string | null, timestamp: number): void {
    if (this.#teller !== undefined) this.#note(key, { timestamp, valueBytes: value?.length ?? 0 });
    this.#buffer.putText(key, value, timestamp);
  }

  /** Those downstream hear of what came too late for the store too. */
  passBy(key: string, value: string | null, timestamp: number): void {
    if (this.#teller === undefined) return;
    const entry = this.#note(key, { timestamp, valueBytes: value?.length ?? 0 });
    entry.dropped = value ?? undefined;
  }

  /** What leaves the store before it was told is kept here until then. */
  dropBelow(bound: Buffer): void {
    const below = toText(bound);
    for (const [text, entry] of this.#held) {
      if (text >= below || entry.dropped !== undefined) continue;
      entry.dropped = this.#buffer.getText(text);
    }
    this.#buffer.dropBelow(bound);
  }

  /** Tells of the row whose last change is the oldest. */
  tellFirst(): void {
    const first = this.#nextOldest() ?? this.#nextOldest();
    if (first === undefined) return;
    const [text, entry] = first;
    this.#held.delete(text);
    this.#take(-entry.bytes);
    this.#tell(text, entry);
  }

  /** Tells of all rows that are held now; what that changes in turn is held. */
  tellAll(): void {
    for (let left = this.#held.size; left > 0; left -= 1) this.tellFirst();
  }

  /** Forgets what is held: it was not committed, and never will be. */
  clear(): void {
    this.#held.clear();
    this.#take(-this.#bytes);
  }

  /** The entry behind the last one that was given; undefined, once, when there is none: the next time begins anew. */
  #nextOldest(): [string, Entry] | undefined {
    const { done, value } = this.#oldest.next();
    if (done !== true) return value;
    this.#oldest = this.#held.entries();
    return undefined;
  }

  #note(text: string, { timestamp, valueBytes }: { readonly timestamp: number; readonly valueBytes: number }): Entry {
    const entry = this.#renewed(text);
    entry.source = this.#at.source;
    entry.timestamp = timestamp;
    entry.headers = this.#headers;
    const bytes = entryBytes + text.length + valueBytes + (entry.before?.length ?? 0);
    this.#take(bytes - entry.bytes);
    entry.bytes = bytes;
    return entry;
  }

  /** The entry of a key, as the last one in the order. */
  #renewed(text: string): Entry {
    const known = this.#held.get(text);
    if (known !== undefined) this.#held.delete(text);
    const entry = known ?? this.#begin(text);
    this.#held.set(text, entry);
    return entry;
  }

  #begin(text: string): Entry {
    const before = this.#buffer.getText(text);
    return {
      ...{ source: this.#at.source, timestamp: -1, headers: noHeaders, dropped: undefined, bytes: 0 },
      wasThere: before !== undefined,
      before: this.#keepsBefore ? before : undefined,
      isFirst: !this.#buffer.hasChanged(text),
    };
  }

  #tell(text: string, entry: Entry): void {
    const { dropped, before, wasThere, isFirst } = entry;
    const now = dropped ?? this.#buffer.getText(text);
    if (now !== undefined || wasThere) {
      const heard = this.#teller?.hearsBefore === true ? before : undefined;
      this.#teller?.tell(toBytes(text), { now: bytesOf(now), before: bytesOf(heard) }, entry);
    } else if (isFirst) {
      // The row has come and gone between two commits: neither the store nor its changelog need know of it.
      this.#buffer.forget(text);
    }
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.bytes += bytes;
  }
}

function bytesOf(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : toBytes(text);
}

/** What those behind a cache have heard of its rows. */
class ToldRows implements RowBytes {
  readonly #buffer: WriteBuffer;
  readonly #held: ReadonlyMap<string, Entry>;

  constructor(buffer: WriteBuffer, held: ReadonlyMap<string, Entry>) {
    this.#buffer = buffer;
    this.#held = held;
  }

  get(key: Buffer): Buffer | undefined {
    return bytesOf(this.getText(toText(key)));
  }

  getText(key: string): string | undefined {
    const entry = this.#held.get(key);
    return entry === undefined ? this.#buffer.getText(key) : entry.before;
  }

  range(): never {
    assert(false, 'rows as they were told are read one by one');
  }

  put(): never {
    assert(false, 'rows as they were told cannot be changed');
  }

  putText(): never {
    assert(false, 'rows as they were told cannot be changed');
  }

  dropBelow(): never {
    assert(false, 'rows as they were told cannot be changed');
  }
}
