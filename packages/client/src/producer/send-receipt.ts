import type { BatchListener, BatchResult, ProducerBatch } from '../core/producer-batch.ts';
import type { RecordMetadata } from '../producer.ts';

/** Records of one send that follow each other in one batch. */
interface Part {
  readonly batch: ProducerBatch;
  /** The place of the first of them in the batch. */
  readonly first: number;
  count: number;
  /** How its batch ended, or each piece of it. */
  readonly results: BatchResult[];
}

/** Collects where the records of one send went: one promise, however many records. */
export class SendReceipt {
  readonly promise: Promise<RecordMetadata[]>;
  /** To be given to the batches that take the records. */
  readonly listener: BatchListener;
  readonly #parts: Part[] = [];
  #last: Part | undefined;
  #byBatch: Map<ProducerBatch, Part> | undefined;
  /** Records that have not ended, of batches of which pieces have. */
  #left: Map<ProducerBatch, number> | undefined;
  #batchesOpen = 0;
  #isComplete = false;
  #error: Error | undefined;
  #resolve: (metadata: RecordMetadata[]) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.listener = (result, batch) => this.#end(result, batch);
  }

  /** Notes that a batch has just taken a record. */
  add(batch: ProducerBatch): void {
    const place = batch.count - 1;
    const part = this.#last?.batch === batch ? this.#last : this.#byBatch?.get(batch);
    if (part !== undefined && part.first + part.count === place) {
      part.count += 1;
      this.#last = part;
    } else this.#begin(batch, place, part === undefined);
  }

  /** Says that all records are placed. */
  complete(): void {
    this.#isComplete = true;
    this.#settle();
  }

  /** Says that the remaining records cannot be placed. */
  fail(error: Error): void {
    this.#error ??= error;
    this.complete();
  }

  #begin(batch: ProducerBatch, first: number, isNewBatch: boolean): void {
    const part: Part = { batch, first, count: 1, results: [] };
    if (this.#last !== undefined) {
      this.#byBatch ??= new Map([[this.#last.batch, this.#last]]);
      this.#byBatch.set(batch, part);
    }
    this.#parts.push(part);
    this.#last = part;
    if (isNewBatch) this.#batchesOpen += 1;
  }

  #end(result: BatchResult, batch: ProducerBatch): void {
    for (const part of this.#parts) if (part.batch === batch) part.results.push(result);
    this.#error ??= result.error;
    if (!this.#isWhole(result, batch)) return;
    this.#batchesOpen -= 1;
    this.#settle();
  }

  /** Whether all pieces of a batch have ended with this one. */
  #isWhole({ count }: BatchResult, batch: ProducerBatch): boolean {
    const left = (this.#left?.get(batch) ?? batch.count) - count;
    if (left === 0) return true;
    this.#left ??= new Map();
    this.#left.set(batch, left);
    return false;
  }

  #settle(): void {
    if (!this.#isComplete || this.#batchesOpen > 0) return;
    if (this.#error !== undefined) this.#reject(this.#error);
    else this.#resolve(this.#parts.flatMap(metadataOf));
  }
}

/** Where the records of a part went: together, unless its batch was split. */
function metadataOf({ batch: { topic, partition }, first, count, results }: Part): RecordMetadata[] {
  return results.flatMap((piece) => {
    const from = Math.max(first, piece.first);
    const to = Math.min(first + count, piece.first + piece.count);
    if (from >= to) return [];
    const baseOffset = piece.baseOffset < 0 ? -1 : piece.baseOffset + from - piece.first;
    return [{ topic, partition, baseOffset, count: to - from, logAppendTimeMs: piece.logAppendTimeMs }];
  });
}
