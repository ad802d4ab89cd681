import { writeInt64 } from '@nagare/serdes';
import type { ObservedTime } from '../operators/define-operator.ts';
import type { OperatorStore } from './store.ts';
import { decodeSuppressed, encodeSuppressed, type SuppressedChange } from './suppressed-change.ts';

const timeFirst = 0;
const headBytes = 9;
const sequenceBytes = 4;
const sequenceMask = 0x7fffffff;

/** A record of a stream that waits, with where it came from. */
export type WaitingRecord = Pick<SuppressedChange, 'now' | 'timestamp' | 'headers' | 'topic' | 'partition' | 'offset'>;

/**
 * Records that wait until rows of their time will not come any more, in the order of their times, with Kafka Streams' keys and
 * values. Time is the largest one of a record that was taken.
 */
export class JoinBuffer {
  readonly #store: OperatorStore;
  readonly #graceMs: number;
  readonly #observed: ObservedTime;
  /** No record waits that is earlier. */
  #earliestMs = 0;
  #sequence = 0;

  constructor(store: OperatorStore, graceMs: number, observed: ObservedTime) {
    this.#store = store;
    this.#graceMs = graceMs;
    this.#observed = observed;
    for (const [key] of store.range()) this.#sequence = Math.max(this.#sequence, key.readInt32BE(key.length - 4));
  }

  /** Has a record wait, unless its time is over already. */
  put(key: Buffer, record: WaitingRecord): boolean {
    const { timestamp } = record;
    if (timestamp < this.#dueMs) return false;
    this.#observed.ms = Math.max(this.#observed.ms, timestamp);
    this.#earliestMs = Math.min(this.#earliestMs, timestamp);
    this.#sequence = (this.#sequence + 1) & sequenceMask;
    this.#store.put(
      waitingKey(timestamp, key, this.#sequence),
      encodeSuppressed({ ...record, prior: null, old: null, bufferTime: 0 }),
    );
    return true;
  }

  /** Takes the records whose time is over, one by one. */
  *takeDue(): Iterable<readonly [key: Buffer, record: WaitingRecord]> {
    const dueMs = this.#dueMs;
    if (dueMs < this.#earliestMs) return;
    this.#earliestMs = dueMs + 1;
    for (const [key, value] of this.#store.range(undefined, timeKey(dueMs + 1))) {
      this.#store.put(key, null);
      yield [key.subarray(headBytes, key.length - sequenceBytes), decodeSuppressed(value)];
    }
  }

  get #dueMs(): number {
    return this.#observed.ms - this.#graceMs;
  }
}

function timeKey(timeMs: number): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes);
  bytes[0] = timeFirst;
  writeInt64(bytes, timeMs, 1);
  return bytes;
}

function waitingKey(timeMs: number, key: Buffer, sequence: number): Buffer {
  const tail = Buffer.allocUnsafe(sequenceBytes);
  tail.writeInt32BE(sequence);
  return Buffer.concat([timeKey(timeMs), key, tail]);
}
