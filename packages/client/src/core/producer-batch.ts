import { BatchBuilder, type CompressionType, type RecordDraft, setProducerState } from '@nagare/protocol';

/** Who sends a batch, and which of its records of the partition are in it: what the broker tells duplicates by. */
export interface BatchIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** How a batch ended. `error` is there when it failed for good. */
export interface BatchResult {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly count: number;
  readonly error: Error | undefined;
}

export type BatchListener = (result: BatchResult, batch: ProducerBatch) => void;

/** Records of one partition that travel together. They are encoded as they come; nothing else of them is kept. */
export class ProducerBatch {
  readonly topic: string;
  readonly partition: number;
  readonly createdAtMs: number;
  /** Its place among all batches of the producer. */
  readonly number: number;
  /** Told when the batch ends, each once, however many records it gave. */
  readonly listeners: BatchListener[] = [];
  /** Times that it was sent. */
  attempts = 0;
  /** When it may be sent again. */
  notBeforeMs = 0;
  identity: BatchIdentity | undefined;
  readonly #builder: BatchBuilder;
  #encoded: Buffer | undefined;

  constructor(
    partition: { readonly topic: string; readonly partition: number },
    options: {
      readonly number: number;
      readonly createdAtMs: number;
      readonly bytesMax: number;
      readonly compression: CompressionType;
      readonly isTransactional?: boolean;
    },
  ) {
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
}
