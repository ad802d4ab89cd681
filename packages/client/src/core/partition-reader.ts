import type { TopicPartition } from '../record.ts';
import type { FetchedChunk } from './fetched-chunk.ts';

/** Where to look for the offset to start from: at what the group committed, or by time. */
export type StartingPoint = 'committed' | 'earliest' | 'latest';

/**
 * One partition that is read. Three offsets tell how far: `fetchOffset` is to be fetched next, `position` is to be
 * returned next, and everything before `processed` is done with.
 */
export class PartitionReader implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Rises when what was asked for before is no longer wanted; answers to older requests are dropped. */
  epoch = 0;
  /** Set until the offset to start from is known. */
  startFrom: StartingPoint | undefined;
  fetchOffset = -1;
  position = -1;
  processed = -1;
  /** What the group has committed last, as far as this member knows. */
  committed = -1;
  leaderEpoch = -1;
  /** The offset behind the last record that may be read by now: committed ones alone, if only these are wanted. */
  readableEnd = -1;
  isPaused = false;
  isFetching = false;
  isResolving = false;
  /** When it may be asked about again after an error. */
  retryAtMs = 0;
  /** What fetching it failed with for good; the next poll throws it. */
  failure: Error | undefined;
  /** Fetched and not returned, oldest first. */
  readonly chunks: FetchedChunk[] = [];
  chunkBytes = 0;

  constructor({ topic, partition }: TopicPartition, startFrom: StartingPoint) {
    this.topic = topic;
    this.partition = partition;
    this.startFrom = startFrom;
  }

  /** Goes on from an offset; what was fetched or asked for is dropped. */
  seek(offset: number): void {
    this.#restart();
    this.startFrom = undefined;
    this.fetchOffset = offset;
    this.position = offset;
    this.processed = offset;
  }

  /** Goes on from an offset that is to be looked up. */
  restartFrom(startFrom: StartingPoint): void {
    this.#restart();
    this.startFrom = startFrom;
    this.fetchOffset = -1;
  }

  /** Takes the offset that was committed, which is no news to the group. */
  startAtCommitted(offset: number): void {
    this.seek(offset);
    this.committed = offset;
  }

  #restart(): void {
    this.epoch += 1;
    this.isResolving = false;
    this.chunks.length = 0;
    this.chunkBytes = 0;
    this.retryAtMs = 0;
  }
}
