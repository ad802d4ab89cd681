/** A change of a store: a key and its new bytes, or null to remove it. */
export interface Entry {
  readonly key: Buffer;
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
  /** Keys from `from` to `to`, both included; undefined leaves a side open. Only for a store that was opened `ordered`. */
  range(from?: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, value: Buffer]>;
  write(batch: StoreBatch): Promise<void>;
  /** The position of the last batch, or undefined when the store has none and must be restored from the start. */
  readonly position: number | undefined;
  close(): Promise<void>;
  /** Closes the store and removes what it has, because it can no longer be trusted. */
  discard(): Promise<void>;
}

/**
 * Bytes as a text, one character each, whose order is that of the bytes.
 *
 * What is kept for long is kept as text: a small Buffer is a slice of a larger piece of memory, all of which it would keep.
 */
export function toText(bytes: Buffer): string {
  return bytes.toString('latin1');
}

/** The bytes of a text. */
export function toBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
