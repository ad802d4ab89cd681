import { type ErrorName, errorCode } from '@nagare/protocol';
import { abortedWithin } from './aborted-within.ts';
import type { AskedPartition, FetchTarget, PartitionData } from './fetch-target.ts';
import type { PartitionHost } from './partition-host.ts';

export interface FetchReadOptions {
  readonly bytesMax: number;
  readonly isReadCommitted: boolean;
  /** Whether a replica reads: none may, for the only one leads. */
  readonly isReplica: boolean;
  /** Who leads, where the version of the request can be told; undefined elsewhere. */
  readonly leaderId: number | undefined;
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
  readonly #isReplica: boolean;
  readonly #leaderId: number | undefined;
  readonly #report: FetchReadOptions['report'];
  results: PartitionData[] = [];
  /** Bytes of records that the last run has read. */
  bytes = 0;
  /** Bytes that were there and did not fit in. */
  #bytesLeft = 0;
  /** Whether waiting is no use: a partition has an error to tell. */
  isFinal = false;

  constructor(targets: readonly FetchTarget[], options: FetchReadOptions) {
    this.#targets = targets;
    this.#bytesMax = options.bytesMax;
    this.#isReadCommitted = options.isReadCommitted;
    this.#isReplica = options.isReplica;
    this.#leaderId = options.leaderId;
    this.#report = options.report;
    this.isFinal = this.#hasNothing();
  }

  /** The partitions whose appends can bring more. */
  get partitions(): PartitionHost[] {
    return this.#targets.flatMap(({ partition }) => (partition === undefined ? [] : [partition]));
  }

  /** Reads everything from the start; a promise only when a disk is to be waited for. */
  run(): void | Promise<void> {
    this.results = [];
    this.bytes = 0;
    this.#bytesLeft = 0;
    this.isFinal = this.#hasNothing();
    return this.#runFrom(0);
  }

  /** Whether none of the partitions exists: nothing can ever come. Beside others, one that does not exist is no hurry. */
  #hasNothing(): boolean {
    return this.#targets.every(({ partition }) => partition === undefined);
  }

  /** Whether the last run has read as much as the request waits for, or could have if more of it fitted. */
  isEnough(bytesMin: number): boolean {
    return this.isFinal || this.bytes + this.#bytesLeft >= bytesMin;
  }

  /** The partitions that have changed since the last run read them. */
  stalePartitions(): PartitionHost[] {
    const stale: PartitionHost[] = [];
    for (const [index, target] of this.#targets.entries()) {
      const { partition } = target;
      if (partition === undefined) continue;
      const isFaulty = partition.fault !== undefined;
      if (isFaulty || isStale(this.results[index] as PartitionData, this.#positions(target))) stale.push(partition);
    }
    return stale;
  }

  #runFrom(index: number): void | Promise<void> {
    for (let i = index; i < this.#targets.length; i += 1) {
      const target = this.#targets[i] as FetchTarget;
      const chunks = this.#readOne(target);
      if (chunks === undefined) continue;
      // What was there when the read began is told: what has come since is not among the bytes.
      const told = this.#positions(target);
      const accepted =
        chunks instanceof Promise
          ? chunks.then((later) => this.#accept(target, later, told))
          : this.#accept(target, chunks, told);
      if (accepted === undefined) continue;
      return accepted.catch((error) => this.#unreadable(target, error)).then(() => this.#runFrom(i + 1));
    }
  }

  /** The batches of one partition, or undefined when it is answered without any. */
  #readOne({ asked, partition, missing }: FetchTarget): Buffer[] | Promise<Buffer[]> | undefined {
    if (partition === undefined) return this.#absent(asked, missing);
    if (partition.fault !== undefined) return this.#fail(asked, partition.fault);
    if (this.#isReplica) return this.#misdirected(asked, 'NOT_LEADER_OR_FOLLOWER', partition);
    if (asked.currentLeaderEpoch >= 0) {
      const epochError = partition.partition.checkLeaderEpoch(asked.currentLeaderEpoch);
      if (epochError === 'FENCED_LEADER_EPOCH') return this.#misdirected(asked, epochError, partition);
      if (epochError !== 'NONE') return this.#fail(asked, epochError);
    }
    if (asked.lastFetchedEpoch >= 0 && this.#divergence({ asked, partition })) return undefined;
    const { log } = partition;
    if (asked.fetchOffset < log.startOffset || asked.fetchOffset > log.endOffset) {
      return this.#fail(asked, 'OFFSET_OUT_OF_RANGE');
    }
    const bytesMax = Math.max(0, Math.min(asked.partitionMaxBytes, this.#bytesMax - this.bytes));
    const isFull = bytesMax === 0 && this.bytes > 0;
    if (isFull || asked.fetchOffset >= this.#readableTo(partition)) return [];
    return log.read({ offset: asked.fetchOffset, bytesMax, upTo: this.#readableTo(partition) });
  }

  #readableTo({ partition }: PartitionHost): number {
    return this.#isReadCommitted ? partition.lastStableOffset : partition.highWatermark;
  }

  #positions({ asked, partition }: FetchTarget): Positions {
    return positions(asked, partition as PartitionHost, this.#isReadCommitted);
  }

  #accept({ asked, partition }: FetchTarget, chunks: Buffer[], told: Positions): void | Promise<void> {
    // Retention may have been faster than the disk: nothing there is to be skipped in silence.
    if (asked.fetchOffset < (partition as PartitionHost).log.startOffset)
      return this.#fail(asked, 'OFFSET_OUT_OF_RANGE');
    const bytes = chunks.reduce((total, chunk) => total + chunk.length, 0);
    // A first batch may be longer than any limit, or its reader would never get past it; a later partition's may not.
    const isOver = this.bytes > 0 && bytes > Math.min(asked.partitionMaxBytes, this.#bytesMax - this.bytes);
    if (isOver) this.#bytesLeft += Math.min(bytes, Math.max(0, asked.partitionMaxBytes));
    const taken = isOver ? [] : chunks;
    if (!isOver) this.bytes += bytes;
    if (!this.#isReadCommitted) return this.#give({ ...told, records: taken });
    const aborted = abortedWithin((partition as PartitionHost).log, asked.fetchOffset, taken);
    if (!(aborted instanceof Promise)) return this.#give({ ...told, records: taken, abortedTransactions: aborted });
    return aborted.then((later) => this.#give({ ...told, records: taken, abortedTransactions: later }));
  }

  #give(data: PartitionData): void {
    this.results.push(data);
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
    if (end.epoch < 0 || end.endOffset < 0) {
      this.#fail(asked, 'OFFSET_OUT_OF_RANGE');
      return true;
    }
    if (end.epoch >= asked.lastFetchedEpoch && end.endOffset >= asked.fetchOffset) return false;
    this.isFinal = true;
    this.results.push({
      ...positions(asked, partition, this.#isReadCommitted),
      divergingEpoch: { epoch: end.epoch, endOffset: end.endOffset },
      records: [],
    });
    return true;
  }

  /** Beside others, a partition that does not exist is no reason to answer; one that is another by now is. */
  #absent(asked: AskedPartition, missing: ErrorName): undefined {
    if (missing === 'INCONSISTENT_TOPIC_ID') return this.#fail(asked, missing);
    return this.#tell(asked, missing, { abortedTransactions: [] });
  }

  /** Tells a reader who leads, so that it need not ask for metadata (KIP-951). */
  #misdirected(asked: AskedPartition, error: ErrorName, { partition }: PartitionHost): undefined {
    const { leaderEpoch } = partition;
    const leaderId = this.#leaderId;
    return this.#fail(asked, error, leaderId === undefined ? {} : { currentLeader: { leaderId, leaderEpoch } });
  }

  #fail(asked: AskedPartition, error: ErrorName, more: Partial<PartitionData> = {}): undefined {
    this.isFinal = true;
    return this.#tell(asked, error, more);
  }

  #tell(asked: AskedPartition, error: ErrorName, more: Partial<PartitionData>): undefined {
    this.results.push({
      partitionIndex: asked.partition,
      highWatermark: -1,
      errorCode: errorCode[error],
      abortedTransactions: null,
      records: [],
      ...more,
    });
    return undefined;
  }
}

type Positions = ReturnType<typeof positions>;

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

function isStale(told: PartitionData, now: Positions): boolean {
  if (told.highWatermark !== now.highWatermark || told.logStartOffset !== now.logStartOffset) return true;
  return told.lastStableOffset !== now.lastStableOffset;
}
