import type { Message, RecordCursor } from '../consumer.ts';
import type { FetchedChunk } from '../core/fetched-chunk.ts';
import type { PartitionReader } from '../core/partition-reader.ts';
import type { KafkaConsumer } from './kafka-consumer.ts';

/** How long one wait for records may take before the group is looked at again, in milliseconds. */
const waitMs = 1_000;

/** Takes messages one at a time out of what is fetched, and keeps the positions of their partitions. */
export class MessageReader {
  readonly #consumer: KafkaConsumer;
  readonly #chunks: FetchedChunk[] = [];
  #chunk: FetchedChunk | undefined;
  #cursor: RecordCursor | undefined;
  #last: { readonly reader: PartitionReader; readonly epoch: number } | undefined;

  constructor(consumer: KafkaConsumer) {
    this.#consumer = consumer;
  }

  /** Says that the last message is processed. */
  finish(): void {
    const last = this.#last;
    if (last === undefined) return;
    this.#last = undefined;
    if (last.reader.epoch === last.epoch) last.reader.processed = last.reader.position;
  }

  /** The next message that is there already; undefined when {@link wait} must come first. */
  next(): Message | undefined {
    if (this.#consumer.hasNews) return undefined;
    this.#consumer.ask();
    for (;;) {
      const chunk = this.#chunk ?? this.#open();
      if (chunk === undefined) return undefined;
      if (chunk.isWanted && !chunk.reader.isPaused && this.#cursor?.next()) return this.#message(chunk, this.#cursor);
      this.#leave(chunk);
    }
  }

  /** Waits for more. What was taken of partitions that go meanwhile is dropped. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    const chunks = await this.#consumer.take({ timeoutMs: this.#hasChunks ? 0 : waitMs, signal });
    this.#chunks.push(...chunks);
  }

  /** Gives back what is not read: it is there for the next who reads. */
  close(): void {
    for (const chunk of this.#chunks.splice(0).reverse()) this.#consumer.putBack(chunk);
    if (this.#chunk !== undefined) this.#consumer.putBack(this.#chunk.from(this.#chunk.reader.position));
    this.#chunk = undefined;
  }

  get #hasChunks(): boolean {
    return this.#chunk !== undefined || this.#chunks.length > 0;
  }

  #open(): FetchedChunk | undefined {
    this.#chunk = this.#chunks.shift();
    this.#cursor = this.#chunk?.records();
    return this.#chunk;
  }

  #message(chunk: FetchedChunk, cursor: RecordCursor): Message {
    const { reader, topic, partition } = chunk;
    const { offset, timestamp, key, value, headers } = cursor;
    reader.position = offset + 1;
    this.#last = chunk;
    return { topic, partition, offset, timestamp, key, value, headers };
  }

  #leave(chunk: FetchedChunk): void {
    this.#chunk = undefined;
    if (!chunk.isWanted) return;
    if (chunk.reader.isPaused) this.#consumer.putBack(chunk.from(chunk.reader.position));
    else {
      // Records that nobody sees, of aborted transactions say, lie between the last message and the end of the chunk.
      chunk.reader.position = chunk.nextOffset;
      this.finish();
      chunk.reader.processed = chunk.nextOffset;
    }
  }
}
