import {
  baseSequence,
  encodeEndTxnMarker,
  errorCode,
  isControl,
  isTransactional,
  lastOffsetDelta,
  producerEpoch,
  producerId,
  readRecords,
  setBaseOffset,
} from '@nagare/protocol';

interface Stored {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly batch: Buffer;
  readonly producerId: number;
  readonly epoch: number;
  readonly sequence: number;
}

interface AbortedRange {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** A partition's log for tests, with the checks of sequences that a broker makes. */
export class ScriptedPartition {
  leader: number;
  leaderEpoch = 0;
  logStartOffset = 0;
  /** `max.message.bytes` */
  batchBytesMax = Number.POSITIVE_INFINITY;
  readonly #log: Stored[] = [];
  readonly #open = new Map<number, number>();
  readonly #aborted: AbortedRange[] = [];
  #next = 0;

  constructor(leader: number) {
    this.leader = leader;
  }

  get endOffset(): number {
    return this.#next;
  }

  /** The first offset of an open transaction, or the end. */
  get stableOffset(): number {
    return Math.min(this.#next, ...this.#open.values());
  }

  /** The texts of all values, in order. */
  values(): string[] {
    return valuesOf(this.#log);
  }

  /** The texts of the values that a reader of committed records sees. */
  committedValues(): string[] {
    const isAborted = ({ baseOffset, producerId: writer }: Stored) =>
      this.#aborted.some(
        ({ producerId: id, firstOffset, lastOffset }) =>
          id === writer && baseOffset >= firstOffset && baseOffset <= lastOffset,
      );
    return valuesOf(this.#log.filter((stored) => stored.baseOffset < this.stableOffset && !isAborted(stored)));
  }

  /** The aborted transactions from an offset on. */
  abortedFrom(offset: number): { readonly producerId: number; readonly firstOffset: number }[] {
    return this.#aborted.filter(({ lastOffset }) => lastOffset >= offset);
  }

  /** Ends a producer's transaction. */
  mark(id: number, epoch: number, type: 'commit' | 'abort'): void {
    const marker = { type, producerId: id, producerEpoch: epoch, coordinatorEpoch: 0, timestamp: 0 };
    const batch = Buffer.from(encodeEndTxnMarker(marker));
    const firstOffset = this.#open.get(id);
    this.#open.delete(id);
    if (type === 'abort' && firstOffset !== undefined)
      this.#aborted.push({ producerId: id, firstOffset, lastOffset: this.#next });
    this.#store({ batch, producerId: id, epoch, sequence: -1 });
  }

  append(sent: Buffer): { readonly errorCode: number; readonly baseOffset: number } {
    if (sent.length > this.batchBytesMax) return { errorCode: errorCode.MESSAGE_TOO_LARGE, baseOffset: -1 };
    const batch = Buffer.from(sent);
    const stored = {
      batch,
      producerId: producerId(batch),
      epoch: producerEpoch(batch),
      sequence: baseSequence(batch),
    };
    if (stored.producerId >= 0) {
      const earlier = this.#log.filter(({ producerId, sequence }) => producerId === stored.producerId && sequence >= 0);
      const duplicate = earlier
        .slice(-5)
        .find(({ epoch, sequence }) => epoch === stored.epoch && sequence === stored.sequence);
      if (duplicate !== undefined) return { errorCode: 0, baseOffset: duplicate.baseOffset };
      const error = sequenceError(earlier.at(-1), stored);
      if (error !== 0) return { errorCode: error, baseOffset: -1 };
    }
    if (isTransactional(batch) && !this.#open.has(stored.producerId)) this.#open.set(stored.producerId, this.#next);
    return { errorCode: 0, baseOffset: this.#store(stored) };
  }

  #store(entry: Pick<Stored, 'batch' | 'producerId' | 'epoch' | 'sequence'>): number {
    const baseOffset = this.#next;
    setBaseOffset(entry.batch, baseOffset);
    this.#next = baseOffset + lastOffsetDelta(entry.batch) + 1;
    this.#log.push({ ...entry, baseOffset, lastOffset: this.#next - 1 });
    return baseOffset;
  }

  /** Whole batches from the one that holds an offset on, up to `endOffset`. */
  read(fromOffset: number, bytesMax: number, endOffset = this.#next): Buffer {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for (const { lastOffset, batch } of this.#log) {
      if (lastOffset < fromOffset || lastOffset >= endOffset) continue;
      if (chunks.length > 0 && bytes + batch.length > bytesMax) break;
      chunks.push(batch);
      bytes += batch.length;
    }
    return Buffer.concat(chunks);
  }
}

function valuesOf(log: readonly Stored[]): string[] {
  const batches = log.filter(({ batch }) => !isControl(batch));
  return batches.flatMap(({ batch }) => readRecords(batch).map((record) => String(record.value)));
}

function sequenceError(last: Stored | undefined, next: Pick<Stored, 'epoch' | 'sequence'>): number {
  if (last === undefined) return 0;
  if (next.epoch < last.epoch) return errorCode.INVALID_PRODUCER_EPOCH;
  const count = last.lastOffset - last.baseOffset + 1;
  const expected = next.epoch > last.epoch ? 0 : (last.sequence + count) % 2 ** 31;
  return next.sequence === expected ? 0 : errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
}
