import type { Client, Consumer } from '@nagare/client';

const POLL_MS = 50;
const SILENCE_MS_MAX = 120_000;

/** Counts the results of an application as readers of committed records get them. */
export class Watcher implements AsyncDisposable {
  readonly #consumer: Consumer;
  #count = 0;

  constructor(client: Client, topic: string, partitions: number) {
    this.#consumer = client.consumer({
      isolationLevel: 'read_committed',
      autoOffsetReset: 'earliest',
      fetchWaitMsMax: POLL_MS,
    });
    this.#consumer.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })));
  }

  /** Reads until that many results have come since the topic was made. @returns How many have. */
  async until(count: number, isAlive: () => boolean): Promise<number> {
    let lastMs = performance.now();
    while (this.#count < count) {
      const before = this.#count;
      for (const fetched of await this.#consumer.poll({ timeoutMs: POLL_MS })) {
        for (let cursor = fetched.records(); cursor.next(); ) this.#count += 1;
      }
      if (this.#count > before) lastMs = performance.now();
      else if (!isAlive()) throw new Error(`The application ended after ${this.#count} of ${count} results`);
      else if (performance.now() - lastMs > SILENCE_MS_MAX)
        throw new Error(`Only ${this.#count} of ${count} results came`);
    }
    return this.#count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer[Symbol.asyncDispose]();
  }
}
