import {
  baseSequence,
  errorCode,
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

/** A partition's log for tests, with the checks of sequences that a broker makes. */
export class ScriptedPartition {
  leader: number;
  leaderEpoch = 0;
  logStartOffset = 0;
  readonly #log: Stored[] = [];
  #next = 0;

  constructor(leader: number) {
    this.leader = leader;
  }

  get endOffset(): number {
    return this.#next;
  }

  /** The texts of all values, in order. */
  values(): string[] {
    return this.#log.flatMap(({ batch }) => readRecords(batch).map((record) => String(record.value)));
  }

  append(sent: Buffer): { readonly errorCode: number; readonly baseOffset: number } {
    const batch = Buffer.from(sent);
    const stored = {
      baseOffset: this.#next,
      lastOffset: this.#next + lastOffsetDelta(batch),
      batch,
      producerId: producerId(batch),
      epoch: producerEpoch(batch),
      sequence: baseSequence(batch),
    };
    if (stored.producerId >= 0) {
      const earlier = this.#log.filter((other) => other.producerId === stored.producerId);
      const duplicate = earlier
        .slice(-5)
        .find(({ epoch, sequence }) => epoch === stored.epoch && sequence === stored.sequence);
      if (duplicate !== undefined) return { errorCode: 0, baseOffset: duplicate.baseOffset };
      const error = sequenceError(earlier.at(-1), stored);
      if (error !== 0) return { errorCode: error, baseOffset: -1 };
    }
    setBaseOffset(batch, stored.baseOffset);
    this.#log.push(stored);
    this.#next = stored.lastOffset + 1;
    return { errorCode: 0, baseOffset: stored.baseOffset };
  }

  read(fromOffset: number, bytesMax: number): Buffer {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for (const { lastOffset, batch } of this.#log) {
      if (lastOffset < fromOffset) continue;
      if (chunks.length > 0 && bytes + batch.length > bytesMax) break;
      chunks.push(batch);
      bytes += batch.length;
    }
    return Buffer.concat(chunks);
  }
}

function sequenceError(last: Stored | undefined, next: Stored): number {
  if (last === undefined) return 0;
  if (next.epoch < last.epoch) return errorCode.INVALID_PRODUCER_EPOCH;
  const count = last.lastOffset - last.baseOffset + 1;
  const expected = next.epoch > last.epoch ? 0 : (last.sequence + count) % 2 ** 31;
  return next.sequence === expected ? 0 : errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
}
