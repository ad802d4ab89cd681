import type { Producer } from 'kafkajs';
import { kafkajsClient } from './kafkajs-client.ts';

/** A record that the broker has acknowledged. */
export interface Acknowledged {
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** Where a load goes and how it is sent. */
export interface LoadOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  /** Starts every value, so that no two loads share one. */
  readonly label: string;
  readonly idempotent: boolean;
}

/**
 * Produces with acks=all from several loops at once, remembering what was acknowledged, until the broker goes away or
 * `enough` has been called and what was in flight is settled.
 */
export class AcknowledgedLoad {
  readonly acknowledged: Acknowledged[] = [];
  readonly #options: LoadOptions;
  readonly #producer: Producer;
  readonly #loops: Promise<void>[] = [];
  #isEnough = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#producer = kafkajsClient(options.bootstrap, { retry: { retries: 0 } }).producer(
      // kafkajs demands retries of an idempotent producer, and one request in flight for its order.
      options.idempotent
        ? { idempotent: true, maxInFlightRequests: 1, retry: { retries: 1, initialRetryTime: 10 } }
        : { retry: { retries: 0 } },
    );
  }

  async start(): Promise<void> {
    await this.#producer.connect();
    for (let partition = 0; partition < this.#options.partitions; partition++) this.#loops.push(this.#loop(partition));
  }

  /** Stops sending and waits until what was sent is acknowledged or has failed. */
  async enough(): Promise<void> {
    this.#isEnough = true;
    await Promise.all(this.#loops);
    await this.#producer.disconnect().catch(() => {});
  }

  async #loop(partition: number): Promise<void> {
    for (let batch = 0; !this.#isEnough; batch++) {
      const values = Array.from({ length: 1 + (batch % 50) }, (_, n) => this.#value(partition, batch, n));
      try {
        const results = await this.#producer.send({
          topic: this.#options.topic,
          acks: -1,
          messages: values.map((value) => ({ partition, value })),
        });
        const base = Number(results[0]?.baseOffset);
        for (const [n, value] of values.entries()) this.acknowledged.push({ partition, offset: base + n, value });
      } catch {
        // Not acknowledged: the record may be in the log or not, and the broker is most likely gone.
        return;
      }
    }
  }

  #value(partition: number, batch: number, n: number): string {
    return `${this.#options.label}-${partition}-${batch}-${n}-${'z'.repeat((batch * 7 + n) % 400)}`;
  }
}
