import type { StreamRecord } from '../record.ts';
import { RecordQueue, type RecordQueueParts } from './record-queue.ts';
import { dueMsOf, ownHeaders } from './retries.ts';

/** The records of a retry topic: each waits until it is due. All have the same delay, so that the first is due first. */
export class DelayedQueue extends RecordQueue {
  readonly #wallTimeMs: () => number;

  constructor(parts: RecordQueueParts, wallTimeMs: () => number) {
    super(parts);
    this.#wallTimeMs = wallTimeMs;
  }

  /** The next record, as soon as it is due. */
  override get head(): StreamRecord<unknown, unknown> | undefined {
    const head = super.head;
    return head === undefined || dueMsOf(head.headers) > this.#wallTimeMs() ? undefined : head;
  }

  /** Nothing waits for what comes back. */
  override get isAwaited(): boolean {
    return false;
  }

  /** Takes the head as it was when it was read first. */
  override take(): StreamRecord<unknown, unknown> {
    const record = super.take();
    return record.withHeaders(ownHeaders(record.headers));
  }
}
