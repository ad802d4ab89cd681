/** What an entry costs beside the bytes of its key: a string, a number and their place in the table. */
const entryOverheadBytes = 80;
/** A `Map` of JavaScript holds no more than 2^24 entries. */
const entriesMax = 15_000_000;

/**
 * The offset of the newest record of each key, in bounded memory.
 *
 * Kafka keeps a hash of each key; this keeps the key itself. Two keys can never be taken for one, nobody can choose keys
 * that collide, and for keys of usual length it costs no more than a digest and less time than making one.
 */
export class KeyOffsets {
  readonly #offsets = new Map<string, number>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#offsets.size;
  }

  /** Whether no batch should be added any more. One that has been begun is always added whole. */
  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax || this.#offsets.size >= entriesMax;
  }

  /** Notes a record. Offsets must rise. */
  set(key: Buffer, offset: number): void {
    const before = this.#offsets.size;
    this.#offsets.set(nameOf(key), offset);
    if (this.#offsets.size > before) this.#bytes += key.length + entryOverheadBytes;
  }

  get(key: Buffer): number | undefined {
    return this.#offsets.get(nameOf(key));
  }
}

/** One character for each byte, so that different keys have different names. */
function nameOf(key: Buffer): string {
  return key.toString('latin1');
}
