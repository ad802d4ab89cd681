import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';

/** The first offset that was written under a leader epoch. */
export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/** An epoch and the offset after its last record; -1 and -1 when it is not known. */
export interface EpochEnd {
  readonly epoch: number;
  readonly endOffset: number;
}

const checkpointVersion = 0;
const unknownEnd: EpochEnd = Object.freeze({ epoch: -1, endOffset: -1 });

/** Where each leader epoch of a log starts: both epochs and offsets rise. */
export class EpochCache {
  #entries: EpochEntry[] = [];

  /** The newest epoch, or -1. */
  get latest(): number {
    return this.#entries.at(-1)?.epoch ?? -1;
  }

  entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  /** Notes that `epoch` starts at `startOffset`, and forgets what contradicts that. Returns whether anything changed. */
  assign(epoch: number, startOffset: number): boolean {
    const latest = this.#entries.at(-1);
    if (latest !== undefined && latest.epoch === epoch && latest.startOffset <= startOffset) return false;
    const kept = this.#entries.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset);
    this.#entries = [...kept, { epoch, startOffset }];
    return true;
  }

  /**
   * The newest epoch that is not above `requested`, and where it ends. For an epoch older than all that are known it is
   * `requested` itself and the start of the oldest.
   */
  endOffsetFor(requested: number, endOffset: number): EpochEnd {
    if (requested === -1 || this.#entries.length === 0 || requested > this.latest) return unknownEnd;
    if (requested === this.latest) return { epoch: requested, endOffset };
    const next = this.#entries.findIndex((entry) => entry.epoch > requested);
    const epoch = this.#entries[next - 1]?.epoch ?? requested;
    return { epoch, endOffset: this.#entries[next]!.startOffset };
  }

  /** The epoch under which the record at `offset` was written, or -1. */
  epochAt(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? -1;
  }

  /** Forgets the epochs that start at `endOffset` or later. Returns whether anything changed. */
  truncateFromEnd(endOffset: number): boolean {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset);
    const changes = kept.length < this.#entries.length;
    this.#entries = kept;
    return changes;
  }

  /** Lets the epoch of `startOffset` start there and forgets those before it. Returns whether anything changed. */
  truncateFromStart(startOffset: number): boolean {
    const last = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset);
    const first = this.#entries[last];
    if (first === undefined || (last === 0 && first.startOffset === startOffset)) return false;
    this.#entries = [{ epoch: first.epoch, startOffset }, ...this.#entries.slice(last + 1)];
    return true;
  }

  toText(): string {
    return formatCheckpoint(
      checkpointVersion,
      this.#entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`),
    );
  }

  /** Takes over what {@link toText} wrote. Lines that cannot be read, and all after them, count as missing. */
  restore(text: string): void {
    this.#entries = [];
    for (const line of parseCheckpoint(checkpointVersion, text) ?? []) {
      const match = /^(\d+) (\d+)$/.exec(line);
      if (match === null) return;
      this.assign(Number(match[1]), Number(match[2]));
    }
  }
}
