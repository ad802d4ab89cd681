import type { EventTime } from './key-value-store.ts';
import type { OperatorStore } from './store.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** A store whose keys and values an operator makes itself. */
export class BytesStore implements OperatorStore {
  readonly topic: string;
  readonly #buffer: WriteBuffer;
  readonly #now: EventTime;

  constructor(buffer: WriteBuffer, { topic, now }: { topic: string; now: EventTime }) {
    this.#buffer = buffer;
    this.topic = topic;
    this.#now = now;
  }

  get(key: Buffer): Buffer | undefined {
    return this.#buffer.get(key);
  }

  put(key: Buffer, value: Buffer | null, timestamp = this.#now.timestampMs): void {
    this.#buffer.put(key, value, timestamp);
  }

  range(from?: Buffer, to?: Buffer): Iterable<readonly [key: Buffer, value: Buffer]> {
    return this.#buffer.range(from, to);
  }
}
