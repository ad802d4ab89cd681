import { type apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import type { PartitionHost } from './partition-host.ts';

type AskedPartition = RequestOf<typeof apis.fetch>['topics'][number]['partitions'][number];
type PartitionData = ResponseDraftOf<typeof apis.fetch>['responses'][number]['partitions'][number];

/** One partition of a Fetch request, in the order of the request. */
export interface FetchTarget {
  readonly asked: AskedPartition;
  readonly partition: PartitionHost | undefined;
  /** The error to answer when there is no such partition. */
  readonly missing: ErrorName;
}

export interface FetchReadOptions {
  readonly bytesMax: number;
  readonly isReadCommitted: boolean;
  /** Told of a disk that cannot be read; the client is told by an error of the partition. */
  readonly report: (error: unknown, partition: PartitionHost) => void;
}

/**
 * Reads what one Fetch request asks for, within its limits: whole batches, at least one from the first partition that has
 * any (KIP-74). It can run again when more has come.
 */
export class FetchRead {
  readonly #targets: readonly FetchTarget[];
  readonly #bytesMax: number;
  readonly #isReadCommitted: boolean;
  readonly #report: FetchReadOptions['report'];
  results: PartitionData[] = [];
  /** Bytes of records that the last run has read. */
  bytes = 0;
  /** Whether waiting is no use: a partition has an error to tell. */
  isFinal = false;
  #isRunning = false;

  constructor(targets: readonly FetchTarget[], options: FetchReadOptions) {
    this.#targets = targets;
    this.#bytesMax = options.bytesMax;
    this.#isReadCommitted = options.isReadCommitted;
    this.#report = options.report;
    this.isFinal = targets.length === 0;
  }

  /** The partitions whose appends can bring more. */
  get partitions(): PartitionHost[] {
    return this.#targets.flatMap(({ partition }) => (partition === undefined ? [] : [partition]));
  }

  /** Reads everything from the start; a promise only when a disk is to be waited for. */
  run(): void | Promise<void> {
    this.results = [];
    this.bytes = 0;
    this.isFinal = this.#targets.length === 0;
    return this.#runFrom(0);
  }

  /** Reads again and calls `answer` when that is enough. True when the request needs no more waking. */
  rerun(bytesMin: number, answer: () => void, fail: (error: unknown) => void): boolean {
    if (this.#isRunning) return false;
    const running = this.run();
    if (running === undefined) {
      if (this.bytes < bytesMin && !this.isFinal) return false;
      answer();
      return true;
    }
    // The disk is slower than the tail: whatever it gives is answered, rather than read once more.
    this.#isRunning = true;
    running.then(answer, fail);
    return true;
  }

  /** Reads a last time and answers with what there is. */
  finish(answer: () => void, fail: (error: unknown) => void): void {
    const running = this.run();
    if (running === undefined) answer();
    else running.then(answer, fail);
  }

  #runFrom(index: number): void | Promise<void> {
    for (let i = index; i < this.#targets.length; i += 1) {
      const target = this.#targets[i] as FetchTarget;
      const chunks = this.#readOne(target);
      if (chunks instanceof Promise) {
        return chunks
          .then(
            (later) => this.#accept(target, later),
            (error) => this.#unreadable(target, error),
          )
          .then(() => this.#runFrom(i + 1));
      }
      if (chunks !== undefined) this.#accept(target, chunks);
    }
  }

  /** The batches of one partition, or undefined when it is answered without any. */
  #readOne({ asked, partition, missing }: FetchTarget): Buffer[] | Promise<Buffer[]> | undefined {
    if (partition === undefined) return this.#fail(asked, missing);
    if (partition.fault !== undefined) return this.#fail(asked, partition.fault);
    const epochError = partition.partition.checkLeaderEpoch(asked.currentLeaderEpoch);
    if (epochError !== 'NONE') return this.#fail(asked, epochError);
    if (asked.lastFetchedEpoch >= 0 && this.#divergence({ asked, partition })) return undefined;
    const { log } = partition;
    if (asked.fetchOffset < log.startOffset || asked.fetchOffset > log.endOffset) {
      return this.#fail(asked, 'OFFSET_OUT_OF_RANGE', partition);
    }
    const bytesMax = Math.max(0, Math.min(asked.partitionMaxBytes, this.#bytesMax - this.bytes));
    const isFull = bytesMax === 0 && this.bytes > 0;
    if (isFull || asked.fetchOffset >= this.#readableTo(partition)) return [];
    return log.read({ offset: asked.fetchOffset, bytesMax, upTo: this.#readableTo(partition) });
  }

  #readableTo({ partition }: PartitionHost): number {
    return this.#isReadCommitted ? partition.lastStableOffset : partition.highWatermark;
  }

  #accept({ asked, partition }: FetchTarget, chunks: Buffer[]): void {
    const bytes = chunks.reduce((total, chunk) => total + chunk.length, 0);
    // A first batch may be longer than any limit, or its reader would never get past it; a later partition's may not.
    const isOver = this.bytes > 0 && bytes > Math.min(asked.partitionMaxBytes, this.#bytesMax - this.bytes);
    const taken = isOver ? [] : chunks;
    if (!isOver) this.bytes += bytes;
    this.results.push({ ...positions(asked, partition as PartitionHost, this.#isReadCommitted), records: taken });
  }

  /** A partition that was deleted while it was read has no bytes to give, and that is no trouble of the disk. */
  #unreadable({ asked, partition }: FetchTarget, error: unknown): void {
    const { fault } = partition as PartitionHost;
    if (fault === undefined) this.#report(error, partition as PartitionHost);
    this.#fail(asked, fault ?? 'KAFKA_STORAGE_ERROR');
  }

  /** Answers where the logs part when the reader's last epoch ended elsewhere. */
  #divergence({ asked, partition }: { asked: AskedPartition; partition: PartitionHost }): boolean {
    const end = partition.partition.endOffsetForEpoch(asked.lastFetchedEpoch);
    if (end.epoch >= asked.lastFetchedEpoch && end.endOffset >= asked.fetchOffset) return false;
    this.isFinal = true;
    this.results.push({
      ...positions(asked, partition, this.#isReadCommitted),
      divergingEpoch: { epoch: end.epoch, endOffset: end.endOffset },
      records: [],
    });
    return true;
  }

  #fail(asked: AskedPartition, error: ErrorName, partition?: PartitionHost): undefined {
    this.isFinal = true;
    this.results.push({
      partitionIndex: asked.partition,
      highWatermark: -1,
      logStartOffset: partition?.log.startOffset ?? -1,
      errorCode: errorCode[error],
      abortedTransactions: null,
      records: [],
    });
    return undefined;
  }
}

function positions(asked: AskedPartition, { partition, log }: PartitionHost, isReadCommitted: boolean) {
  return {
    partitionIndex: asked.partition,
    errorCode: errorCode.NONE,
    highWatermark: partition.highWatermark,
    lastStableOffset: partition.lastStableOffset,
    logStartOffset: log.startOffset,
    abortedTransactions: isReadCommitted ? [] : null,
  };
}
