import type { RecordQueue } from './record-queue.ts';

/** The partitions of a task, from which it always takes the oldest record. */
export class PartitionGroup {
  readonly #queues: readonly RecordQueue[];
  #idleSinceMs: number | undefined;

  /** @param queues - In the order in which equal timestamps are taken. */
  constructor(queues: readonly RecordQueue[]) {
    this.#queues = [...queues].sort(byTopicAndPartition);
  }

  get queues(): readonly RecordQueue[] {
    return this.#queues;
  }

  get size(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.size, 0);
  }

  /**
   * The partition whose next record is the oldest. Of equal timestamps the first topic and then the first partition is
   * taken, so that the same input is always processed in the same order.
   */
  next(): RecordQueue | undefined {
    let oldest: RecordQueue | undefined;
    for (const queue of this.#queues) {
      if (queue.head === undefined) continue;
      if (oldest?.head === undefined || queue.head.timestamp < oldest.head.timestamp) oldest = queue;
    }
    return oldest;
  }

  /**
   * Whether the next record may be processed although other partitions have none waiting.
   *
   * A partition that the broker still has records of is waited for; one that is read to its end is waited for as long as
   * `idleMsMax` says; with -1 none is waited for.
   */
  isReady(nowMs: number, idleMsMax: number): boolean {
    let withRecords = 0;
    let unneeded = 0;
    let unread = 0;
    for (const queue of this.#queues) {
      if (queue.head !== undefined) withRecords += 1;
      else if (!queue.isAwaited) unneeded += 1;
      else if (queue.lag !== 0) unread += 1;
    }
    if (withRecords === 0) return false;
    if (withRecords + unneeded === this.#queues.length || idleMsMax < 0) {
      this.#idleSinceMs = undefined;
      return true;
    }
    if (unread > 0) return false;
    this.#idleSinceMs ??= nowMs;
    return nowMs - this.#idleSinceMs >= idleMsMax;
  }
}

function byTopicAndPartition(a: RecordQueue, b: RecordQueue): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}
