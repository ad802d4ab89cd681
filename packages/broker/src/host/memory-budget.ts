/** What a fetch may always bring: enough for a batch of the usual greatest size. */
const grantBytesMin = 1024 * 1024;
/** One fetch takes no more than this part of what is left, so that many at once share it. */
const grantPart = 4;

/**
 * The memory for requests and answers that all connections of a broker share. It never refuses anything: when it is used
 * up, fetches bring less, and connections get their requests served one by one.
 */
export class MemoryBudget {
  readonly #bytesMax: number;
  #heldBytes = 0;
  #announcedBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Whether requests in flight and unsent answers have used it up. */
  get isUsedUp(): boolean {
    return this.#heldBytes >= this.#bytesMax;
  }

  /** Whether it would be used up if all answers came to what was announced. */
  get isPromised(): boolean {
    return this.#heldBytes + this.#announcedBytes >= this.#bytesMax;
  }

  /** How long an answer may become, of which `askedBytes` are wanted. */
  grant(askedBytes: number): number {
    const leftBytes = this.#bytesMax - this.#heldBytes - this.#announcedBytes;
    return Math.min(askedBytes, Math.max(grantBytesMin, Math.floor(leftBytes / grantPart)));
  }

  /** Counts bytes in, or out when they are below 0. */
  count(heldBytes: number, announcedBytes: number): void {
    this.#heldBytes += heldBytes;
    this.#announcedBytes += announcedBytes;
  }
}
