import { BatchBuilder, type CompressionType, type RecordDraft, readRecords, setProducerState } from '@nagare/protocol';
import { sequenceAfter } from './producer-session.ts';

/** Who sends a batch, and which of its records of the partition are in it: what the broker tells duplicates by. */
export interface BatchIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** How a batch, or the piece of one that had to be split, ended. `error` is there when it failed for good. */
export interface BatchResult {
  readonly topic: string;
  readonly partition: number;
  /** The place of its first record in the batch: 0 but for later pieces. */
  readonly first: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly count: number;
  readonly error: Error | undefined;
}

/** Told of a batch, or of each of its pieces: it has ended when `count` adds up to all of its records. */
export type BatchListener = (result: BatchResult, batch: ProducerBatch) => void;

export interface ProducerBatchOptions {
  readonly number: number;
  readonly createdAtMs: number;
  readonly bytesMax: number;
  readonly compression: CompressionType;
  readonly isTransactional?: boolean;
}

/** Records of one partition that travel together. They are encoded as they come; nothing else of them is kept. */
export class ProducerBatch {
  readonly topic: string;
  readonly partition: number;
  readonly createdAtMs: number;
  /** Its place among all batches of the producer; pieces of a batch are between it and the next. */
  readonly number: number;
  /** Told when the batch ends, each once, however many records it gave. */
  readonly listeners: BatchListener[] = [];
  /** The batch of which it is a piece, which its listeners know; itself when it is whole. */
  whole: ProducerBatch = this;
  /** The place of its first record in {@link whole}. */
  first = 0;
  /** Its place among the batches of its partition that were sent. */
  place = -1;
  /** Times that it was sent. */
  attempts = 0;
  /** When it may be sent again. */
  notBeforeMs = 0;
  identity: BatchIdentity | undefined;
  readonly #options: ProducerBatchOptions;
  readonly #builder: BatchBuilder;
  #encoded: Buffer | undefined;
  /** From its number to that of the next batch or piece. */
  #width = 1;

  constructor(partition: { readonly topic: string; readonly partition: number }, options: ProducerBatchOptions) {
    this.#options = options;
    this.topic = partition.topic;
    this.partition = partition.partition;
    this.number = options.number;
    this.createdAtMs = options.createdAtMs;
    this.#builder = new BatchBuilder(options);
  }

  /** Appends a record; false, and nothing done, when the batch is full or sent. */
  append(record: RecordDraft, listener: BatchListener | undefined): boolean {
    if (this.#encoded !== undefined || !this.#builder.append(record)) return false;
    if (listener === undefined || this.listeners.at(-1) === listener) return true;
    if (!this.listeners.includes(listener)) this.listeners.push(listener);
    return true;
  }

  get count(): number {
    return this.#builder.count;
  }

  /** Bytes before compression. */
  get byteLength(): number {
    return this.#builder.byteLength;
  }

  /** Closes the batch and gives its bytes, which are made once; a new identity only changes the header. */
  encode(identity: BatchIdentity | undefined): Buffer {
    if (this.#encoded === undefined) {
      if (identity !== undefined) this.#builder.setProducerState(identity);
      this.#encoded = this.#builder.build();
    } else if (identity !== undefined && identity !== this.identity) {
      setProducerState(this.#encoded, identity);
    }
    this.identity = identity;
    return this.#encoded;
  }

  /**
   * Two batches with half of the records each, under the same numbers, for a broker that finds this one too large
   * (KIP-126). It must have been sent, and have more than one record.
   */
  split(): readonly [ProducerBatch, ProducerBatch] {
    const records = readRecords(this.#encoded as Buffer);
    const middle = Math.ceil(records.length / 2);
    return [this.#piece(records.slice(0, middle), 0), this.#piece(records.slice(middle), middle)];
  }

  #piece(records: readonly RecordDraft[], at: number): ProducerBatch {
    const width = this.#width / 2;
    const number = at === 0 ? this.number : this.number + width;
    const piece = new ProducerBatch(this, { ...this.#options, number, bytesMax: Number.POSITIVE_INFINITY });
    piece.#width = width;
    for (const record of records) piece.append(record, undefined);
    piece.listeners.push(...this.listeners);
    piece.whole = this.whole;
    piece.first = this.first + at;
    piece.identity = this.identity && { ...this.identity, baseSequence: sequenceAfter(this.identity.baseSequence, at) };
    return piece;
  }
}
