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
    return this.#runFrom(0, this.#allFit() ? this.#targets.map((target) => this.#begin(target)) : []);
  }

  /** Whether what one partition brings leaves room for all others whatever it is: then none waits for the disk of another. */
  #allFit(): boolean {
    let bytes = 0;
    for (const { asked } of this.#targets) bytes += Math.max(0, asked.partitionMaxBytes);
    return bytes <= this.#bytesMax;
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
    for (const [index, { asked, partition }] of this.#targets.entries()) {
      if (partition === undefined) continue;
      const isFaulty = partition.fault !== undefined;
      if (isFaulty || isStale(this.results[index] as PartitionData, positions(asked, partition, this.#isReadCommitted)))
        stale.push(partition);
    }
    return stale;
  }

  #runFrom(index: number, begun: readonly Reading[]): void | Promise<void> {
    for (let i = index; i < this.#targets.length; i += 1) {
      const target = this.#targets[i] as FetchTarget;
      const { chunks, told } = begun[i] ?? this.#begin(target);
      if (chunks === undefined) {
        this.#give(told);
        continue;
      }
      const accepted =
        chunks instanceof Promise
          ? chunks.then((later) => this.#accept(target, later, told))
          : this.#accept(target, chunks, told);
      if (accepted === undefined) continue;
      return accepted.catch((error) => this.#unreadable(target, error)).then(() => this.#runFrom(i + 1, begun));
    }
  }

  /** Starts to read one partition, unless its answer is known without. */
  #begin({ asked, partition, missing }: FetchTarget): Reading {
    if (partition === undefined) return { told: this.#absent(asked, missing), chunks: undefined };
    const refused = this.#refusal(asked, partition);
    if (refused !== undefined) return { told: refused, chunks: undefined };
    // What is there now is told: what comes during the read is not among its bytes.
    const told = positions(asked, partition, this.#isReadCommitted);
    const chunks = this.#read(asked, partition);
    // It may fail before its turn, in which that is told.
    if (chunks instanceof Promise) chunks.catch(() => {});
    return { told, chunks };
  }

  /** The answer of a partition that is not read; undefined when it is. */
  #refusal(asked: AskedPartition, partition: PartitionHost): PartitionData | undefined {
    if (partition.fault !== undefined) return this.#failure(asked, partition.fault);
    if (this.#isReplica) return this.#misdirected(asked, 'NOT_LEADER_OR_FOLLOWER', partition);
    if (asked.currentLeaderEpoch >= 0) {
      const epochError = partition.partition.checkLeaderEpoch(asked.currentLeaderEpoch);
      if (epochError === 'FENCED_LEADER_EPOCH') return this.#misdirected(asked, epochError, partition);
      if (epochError !== 'NONE') return this.#failure(asked, epochError);
    }
    const divergence = asked.lastFetchedEpoch >= 0 ? this.#divergence(asked, partition) : undefined;
    if (divergence !== undefined) return divergence;
    const { startOffset, endOffset } = partition.log;
    const isInRange = asked.fetchOffset >= startOffset && asked.fetchOffset <= endOffset;
    return isInRange ? undefined : this.#failure(asked, 'OFFSET_OUT_OF_RANGE');
  }

  #read(asked: AskedPartition, { log, partition }: PartitionHost): Buffer[] | Promise<Buffer[]> {
    const upTo = this.#isReadCommitted ? partition.lastStableOffset : partition.highWatermark;
    const bytesMax = Math.max(0, Math.min(asked.partitionMaxBytes, this.#bytesMax - this.bytes));
    const isFull = bytesMax === 0 && this.bytes > 0;
    if (isFull || asked.fetchOffset >= upTo) return [];
    return log.read({ offset: asked.fetchOffset, bytesMax, upTo });
  }

  #accept({ asked, partition }: FetchTarget, chunks: Buffer[], told: Positions): void | Promise<void> {
    // Retention may have been faster than the disk: nothing there is to be skipped in silence.
    if (asked.fetchOffset < (partition as PartitionHost).log.startOffset)
      return this.#give(this.#failure(asked, 'OFFSET_OUT_OF_RANGE'));
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
    this.#give(this.#failure(asked, fault ?? 'KAFKA_STORAGE_ERROR'));
  }

  /** Where the logs part, when the reader's last epoch ended elsewhere. */
  #divergence(asked: AskedPartition, partition: PartitionHost): PartitionData | undefined {
    const end = partition.partition.endOffsetForEpoch(asked.lastFetchedEpoch);
    if (end.epoch < 0 || end.endOffset < 0) return this.#failure(asked, 'OFFSET_OUT_OF_RANGE');
    if (end.epoch >= asked.lastFetchedEpoch && end.endOffset >= asked.fetchOffset) return undefined;
    this.isFinal = true;
    return {
      ...positions(asked, partition, this.#isReadCommitted),
      divergingEpoch: { epoch: end.epoch, endOffset: end.endOffset },
      records: [],
    };
  }

  /** Beside others, a partition that does not exist is no reason to answer; one that is another by now is. */
  #absent(asked: AskedPartition, missing: ErrorName): PartitionData {
    if (missing === 'INCONSISTENT_TOPIC_ID') return this.#failure(asked, missing);
    return { ...nothing(asked, missing), abortedTransactions: [] };
  }

  /** Tells a reader who leads, so that it need not ask for metadata (KIP-951). */
  #misdirected(asked: AskedPartition, error: ErrorName, { partition }: PartitionHost): PartitionData {
    const { leaderEpoch } = partition;
    const leaderId = this.#leaderId;
    const failure = this.#failure(asked, error);
    return leaderId === undefined ? failure : { ...failure, currentLeader: { leaderId, leaderEpoch } };
  }

  #failure(asked: AskedPartition, error: ErrorName): PartitionData {
    this.isFinal = true;
    return nothing(asked, error);
  }
}

/** A read that has begun; without chunks `told` is the answer. */
type Reading =
  | { readonly told: PartitionData; readonly chunks: undefined }
  | { readonly told: Positions; readonly chunks: Buffer[] | Promise<Buffer[]> };

function nothing({ partition }: AskedPartition, error: ErrorName): PartitionData {
  return {
    partitionIndex: partition,
    highWatermark: -1,
    errorCode: errorCode[error],
    abortedTransactions: null,
    records: [],
  };
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
