import type { FetchedPartition, RecordCursor } from '../consumer.ts';
import { type FetchedBytes, FetchedRecords } from './fetched-records.ts';
import type { PartitionReader } from './partition-reader.ts';

export interface ChunkOffsets {
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly nextOffset: number;
}

/** What one fetch brought of one partition. */
export class FetchedChunk implements FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly nextOffset: number;
  readonly reader: PartitionReader;
  /** The reader's epoch when it was asked for: once that has risen, nobody wants the chunk. */
  readonly epoch: number;
  readonly #bytes: FetchedBytes;

  constructor(reader: PartitionReader, offsets: ChunkOffsets, bytes: FetchedBytes) {
    this.reader = reader;
    this.epoch = reader.epoch;
    this.topic = reader.topic;
    this.partition = reader.partition;
    this.highWatermark = offsets.highWatermark;
    this.lastStableOffset = offsets.lastStableOffset;
    this.logStartOffset = offsets.logStartOffset;
    this.nextOffset = offsets.nextOffset;
    this.#bytes = bytes;
  }

  get byteLength(): number {
    return this.#bytes.records.length;
  }

  get isWanted(): boolean {
    return this.reader.epoch === this.epoch;
  }

  records(): RecordCursor {
    return new FetchedRecords(this.#bytes);
  }

  /** The same chunk without the records before `fromOffset`. */
  from(fromOffset: number): FetchedChunk {
    return new FetchedChunk(this.reader, this, { ...this.#bytes, fromOffset });
  }
}
