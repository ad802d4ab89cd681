import {
  baseOffset,
  batchEnd,
  batchHeaderBytes,
  isControl,
  isCrcValid,
  isTransactional,
  lastOffset,
  ProtocolError,
  producerId,
  RecordReader,
  readControlType,
} from '@nagare/protocol';
import type { RecordCursor } from '../consumer.ts';
import { type Header, noHeaders } from '../record.ts';

/** A transaction whose records are not to be seen. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface FetchedBytes {
  /** Whole batches, as the broker sent them. */
  readonly records: Buffer;
  /** The first offset that is wanted: the first batch may begin before it. */
  readonly fromOffset: number;
  /** In the order of their first offsets; empty unless reading committed records alone. */
  readonly aborted: readonly AbortedTransaction[];
}

/** The offset after the last whole batch, or undefined when there is none. */
export function offsetAfter(records: Buffer): number | undefined {
  let next: number | undefined;
  for (let at = 0, end = batchEnd(records, 0); end >= 0; at = end, end = batchEnd(records, at)) {
    if (end - at < batchHeaderBytes) throw new ProtocolError('corrupt', `A batch cannot have ${end - at} bytes`);
    next = lastOffset(records, at) + 1;
  }
  return next;
}

/**
 * Goes over fetched records: passes over what is before the wanted offset, over control batches, and over records of
 * aborted transactions. Batches are checked and opened one after the other, when they are reached.
 */
export class FetchedRecords implements RecordCursor {
  readonly #bytes: FetchedBytes;
  readonly #abortedProducers = new Set<number>();
  #abortedSeen = 0;
  #at = 0;
  #batch: RecordReader | undefined;
  offset = -1;
  timestamp = -1;

  constructor(bytes: FetchedBytes) {
    this.#bytes = bytes;
  }

  /** @throws {ProtocolError} When a batch is not what its checksum says, or cannot be read. */
  next(): boolean {
    for (;;) {
      const batch = this.#batch ?? this.#nextBatch();
      if (batch === undefined) return false;
      while (batch.next()) {
        if (batch.offset < this.#bytes.fromOffset) continue;
        this.offset = batch.offset;
        this.timestamp = batch.timestamp;
        return true;
      }
      this.#batch = undefined;
    }
  }

  get key(): Buffer | null {
    return this.#batch?.key() ?? null;
  }

  get value(): Buffer | null {
    return this.#batch?.value() ?? null;
  }

  get headers(): readonly Header[] {
    return this.#batch?.headers() ?? noHeaders;
  }

  #nextBatch(): RecordReader | undefined {
    const { records, fromOffset } = this.#bytes;
    for (let end = batchEnd(records, this.#at); end >= 0; end = batchEnd(records, this.#at)) {
      const batch = records.subarray(this.#at, end);
      this.#at = end;
      if (!isCrcValid(batch)) {
        throw new ProtocolError('corrupt', `The batch at offset ${baseOffset(batch)} fails its checksum`);
      }
      if (this.#isHidden(batch) || lastOffset(batch) < fromOffset) continue;
      this.#batch = new RecordReader(batch);
      return this.#batch;
    }
    return undefined;
  }

  #isHidden(batch: Buffer): boolean {
    const { aborted } = this.#bytes;
    for (let next = aborted[this.#abortedSeen]; next !== undefined; next = aborted[this.#abortedSeen]) {
      if (next.firstOffset > lastOffset(batch)) break;
      this.#abortedProducers.add(next.producerId);
      this.#abortedSeen += 1;
    }
    if (isControl(batch)) {
      if (this.#abortedProducers.size > 0 && isAbortMarker(batch)) this.#abortedProducers.delete(producerId(batch));
      return true;
    }
    return isTransactional(batch) && this.#abortedProducers.has(producerId(batch));
  }
}

function isAbortMarker(batch: Buffer): boolean {
  const reader = new RecordReader(batch);
  return reader.next() && readControlType(reader.key()) === 'abort';
}
