import type { Message } from '../consumer.ts';
import type { KafkaConsumer } from './kafka-consumer.ts';
import { MessageReader } from './message-reader.ts';

/** Messages one after the other, for `for await`. */
export class MessageStream implements AsyncIterableIterator<Message> {
  readonly #consumer: KafkaConsumer;
  readonly #reader: MessageReader;
  readonly #signal: AbortSignal | undefined;
  #release: (() => void) | undefined;
  #isDone = false;

  constructor(consumer: KafkaConsumer, signal: AbortSignal | undefined) {
    this.#consumer = consumer;
    this.#reader = new MessageReader(consumer);
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    this.#reader.finish();
    const message = this.#isDone || this.#release === undefined ? undefined : this.#reader.next();
    return message === undefined ? this.#wait() : Promise.resolve({ value: message, done: false });
  }

  async return(): Promise<IteratorResult<Message, undefined>> {
    this.#end();
    return { value: undefined, done: true };
  }

  async #wait(): Promise<IteratorResult<Message, undefined>> {
    try {
      if (!this.#isDone) this.#release ??= this.#consumer.occupy('stream');
      while (!this.#isDone) {
        const value = this.#reader.next();
        if (value !== undefined) return { value, done: false };
        if (this.#consumer.isClosed) break;
        await this.#reader.wait(this.#signal);
      }
    } catch (error) {
      const hasEnded = this.#consumer.isClosed || this.#signal?.aborted;
      this.#end();
      if (!hasEnded) throw error;
    }
    this.#end();
    return { value: undefined, done: true };
  }

  #end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#reader.close();
    this.#release?.();
  }
}
