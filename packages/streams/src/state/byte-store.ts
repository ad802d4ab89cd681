import type { Disk } from '@nagare/base';
import { shortText } from '@nagare/serdes';

/** A change of a store: a key and its new bytes, or null to remove it. */
export interface Entry {
  readonly key: Buffer;
  /** Key and value as {@link toText} gives them, where they are kept like that: `key` and `value` are then made anew each time. */
  readonly text?: string;
  readonly valueText?: string | null;
  readonly value: Buffer | null;
  /** The event time of the change, which its changelog record carries. */
  readonly timestamp: number;
}

/** What a batch of changes brings a store to. */
export interface StoreBatch {
  readonly entries: readonly Entry[];
  /** The changelog offset below which the store then has everything. */
  readonly position: number;
  /** Keys below this one are removed as well. */
  readonly dropBelow?: Buffer | undefined;
}

/**
 * Committed bytes by key: what is left of a store when its process dies.
 *
 * Reading answers at once. A batch is applied whole or not at all, together with its position.
 */
export interface ByteStore {
  /** The bytes of a key. They belong to the store: callers must not change them. */
  get(key: Buffer): Buffer | undefined;
  /** What {@link get} does, with key and bytes as texts of one character for each byte: for stores that keep them like that. */
  getText?(key: string): string | undefined;
  /** Keys from `from` to `to`, both included; undefined leaves a side open. Only for a store that was opened `ordered`. */
  range(from?: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, value: Buffer]>;
  write(batch: StoreBatch): Promise<void>;
  /** The position of the last batch, or undefined when the store has none and must be restored from the start. */
  readonly position: number | undefined;
  /** How many keys there are, or undefined where counting them would take a reading of all. */
  readonly count?: number | undefined;
  close(): Promise<void>;
  /** Closes the store and removes what it has, because it can no longer be trusted. */
  discard(): Promise<void>;
}

/** A store on disk to be opened. */
export interface StorePlace {
  /** The store's own folder, absolute. */
  readonly path: string;
  readonly disk: Disk;
  /** What the content belongs to (changelog topic, its id, partition). Another one makes the content worthless. */
  readonly identity: string;
  /** Whether `range` is to work. */
  readonly ordered: boolean;
}

/**
 * Opens a store on disk, empty where there is none that can be trusted.
 *
 * @throws {StreamsError} `NAGARE_STREAMS_STATE_LOCKED` when another process holds the folder: it is tried again.
 */
export type StoreOpener = (place: StorePlace) => Promise<ByteStore>;

const byteMax = 0xff;

/**
 * Bytes as a text, one character each, whose order is that of the bytes.
 *
 * What is kept for long is kept as text: a small Buffer is a slice of a larger piece of memory, all of which it would keep.
 */
export function toText(bytes: Buffer): string {
  return shortText(bytes, byteMax) ?? bytes.toString('latin1');
}

/** Up to about this many bytes a loop over them takes half the time of a call of Node's encoder. */
const shortMax = 48;

/** The bytes of a text, from a place on. */
export function toBytes(text: string, from = 0): Buffer {
  const length = text.length - from;
  if (length > shortMax) return Buffer.from(from === 0 ? text : text.slice(from), 'latin1');
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 1) bytes[at] = text.charCodeAt(from + at);
  return bytes;
}

export function keyTextOf(entry: Entry): string {
  return entry.text ?? toText(entry.key);
}

export function valueTextOf(entry: Entry): string | null {
  if (entry.valueText !== undefined) return entry.valueText;
  const { value } = entry;
  return value === null ? null : toText(value);
}
