import {
  type apis,
  type ErrorName,
  errorName,
  ProtocolError,
  type RequestDraftOf,
  type ResponseOf,
} from '@nagare/protocol';
import type { TopicPartition } from '../record.ts';
import { partitionKey } from './assignors/assignor.ts';
import type { PartitionView } from './cluster-view.ts';
import { FetchSession, type SessionPartition } from './fetch-session.ts';
import { FetchedChunk } from './fetched-chunk.ts';
import { offsetAfter } from './fetched-records.ts';
import { PartitionReader, type StartingPoint } from './partition-reader.ts';

export interface FetchPlanOptions {
  readonly fetchBytesMin: number;
  readonly fetchBytesMax: number;
  readonly partitionFetchBytesMax: number;
  readonly fetchWaitMsMax: number;
  readonly prefetchBytesMax: number;
  readonly isolationLevel: 'read_uncommitted' | 'read_committed';
  /** How long a partition waits after an error, in milliseconds. */
  readonly retryMs: number;
}

/** Asked of one broker: these partitions, each as it was then. */
export interface FetchRequest {
  readonly nodeId: number;
  readonly asked: ReadonlyMap<string, Asked>;
}

interface Asked extends SessionPartition {
  readonly reader: PartitionReader;
  readonly epoch: number;
}

/** What a plan asks of the view of the cluster. */
export interface FetchView {
  leaderOf(topic: string, partition: number): PartitionView | undefined;
  /** Zero when it is not known. */
  topicIdOf(topic: string): string;
}

type FetchAnswer = ResponseOf<typeof apis.fetch>;
type PartitionAnswer = FetchAnswer['responses'][number]['partitions'][number];

/** What an answer asks of the host. */
export interface FetchOutcome {
  /** Leaders are not where they were thought to be. */
  readonly isViewOutdated: boolean;
  readonly hasRecords: boolean;
  /** An answer that asking again does not change, with its partition. */
  readonly failure: { readonly error: ErrorName | ProtocolError; readonly partition: TopicPartition } | undefined;
}

/** The partitions that are read: what to ask whom for, and what has come. */
export class FetchPlan {
  readonly #options: FetchPlanOptions;
  readonly #readers = new Map<string, PartitionReader>();
  /** Readers with chunks, in the order in which they are to be served. */
  readonly #ready = new Set<PartitionReader>();
  readonly #sessions = new Map<number, FetchSession>();
  #bufferedBytes = 0;

  constructor(options: FetchPlanOptions) {
    this.#options = options;
  }

  get readers(): Iterable<PartitionReader> {
    return this.#readers.values();
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  reader(partition: TopicPartition): PartitionReader | undefined {
    return this.#readers.get(partitionKey(partition));
  }

  add(partitions: readonly TopicPartition[], startFrom: StartingPoint): void {
    for (const partition of partitions) {
      const key = partitionKey(partition);
      if (!this.#readers.has(key)) this.#readers.set(key, new PartitionReader(partition, startFrom));
    }
  }

  remove(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const key = partitionKey(partition);
      const reader = this.#readers.get(key);
      if (reader === undefined) continue;
      this.forget(reader);
      reader.epoch += 1;
      this.#readers.delete(key);
    }
  }

  /** Drops what was fetched of a partition: it is read from elsewhere. The caller moves the reader. */
  forget(reader: PartitionReader): void {
    this.#bufferedBytes -= reader.chunkBytes;
    this.#ready.delete(reader);
  }

  seek(reader: PartitionReader, offset: number): void {
    this.forget(reader);
    reader.seek(offset);
  }

  restartFrom(reader: PartitionReader, startFrom: StartingPoint): void {
    this.forget(reader);
    reader.restartFrom(startFrom);
  }

  /** What to fetch now from brokers that are not busy with a fetch already. */
  plan(
    nowMs: number,
    view: FetchView,
    isFree: (nodeId: number) => boolean,
  ): { readonly requests: readonly FetchRequest[]; readonly lacksLeader: boolean; readonly wakeAtMs: number } {
    const byNode = new Map<number, Map<string, Asked>>();
    let lacksLeader = false;
    let wakeAtMs = Number.POSITIVE_INFINITY;
    if (this.#bufferedBytes >= this.#options.prefetchBytesMax) return { requests: [], lacksLeader, wakeAtMs };
    for (const [key, reader] of this.#readers) {
      if (!this.#isFetchable(reader)) continue;
      if (reader.retryAtMs > nowMs) {
        wakeAtMs = Math.min(wakeAtMs, reader.retryAtMs);
        continue;
      }
      const leader = view.leaderOf(reader.topic, reader.partition);
      if (leader === undefined) lacksLeader = true;
      if (leader === undefined || !isFree(leader.leader)) continue;
      const asked = this.#ask(reader, leader.leaderEpoch, view.topicIdOf(reader.topic));
      const ofNode = byNode.get(leader.leader);
      if (ofNode === undefined) byNode.set(leader.leader, new Map([[key, asked]]));
      else ofNode.set(key, asked);
    }
    const requests = Array.from(byNode, ([nodeId, asked]) => ({ nodeId, asked }));
    for (const { asked } of requests) for (const { reader } of asked.values()) reader.isFetching = true;
    return { requests, lacksLeader, wakeAtMs };
  }

  draftOf(request: FetchRequest): RequestDraftOf<typeof apis.fetch> {
    const options = this.#options;
    const session = this.#sessionOf(request);
    const draft = session.request(request.asked);
    // A partition that was given up and came back between two requests is the same to the broker.
    for (const [key, { reader }] of request.asked) {
      if (reader.readableEnd < 0) reader.readableEnd = session.readableEnd(key) ?? -1;
    }
    return {
      ...draft,
      maxWaitMs: options.fetchWaitMsMax,
      minBytes: options.fetchBytesMin,
      maxBytes: options.fetchBytesMax,
      isolationLevel: options.isolationLevel === 'read_committed' ? 1 : 0,
    };
  }

  /** Takes an error of the answer as a whole. True when the request may be made again at once. */
  refuse(request: FetchRequest, error: ErrorName): boolean {
    if (!this.#sessionOf(request).onError(error)) return false;
    this.release(request);
    return true;
  }

  /** Takes an answer in. What was asked before a seek, a rebalance or the like is dropped. */
  take(request: FetchRequest, answer: FetchAnswer, nowMs: number): FetchOutcome {
    const outcome = { isViewOutdated: false, hasRecords: false, failure: undefined as FetchOutcome['failure'] };
    const session = this.#sessionOf(request);
    session.onAnswer(answer.sessionId);
    const names = namesOf(request, answer);
    for (const topic of answer.responses) {
      for (const partition of topic.partitions) {
        const key = `${partition.partitionIndex} ${topic.topic || names.get(topic.topicId)}`;
        const asked = request.asked.get(key);
        if (asked === undefined) continue;
        if (partition.errorCode === 0) session.told(key, this.#readableEndIn(partition));
        if (asked.reader.epoch !== asked.epoch) continue;
        const result = this.#takePartition(asked, partition, nowMs);
        if (result === 'outdated') outcome.isViewOutdated = true;
        else if (result === 'records') outcome.hasRecords = true;
        else if (result !== 'nothing') outcome.failure ??= { error: result, partition: asked.reader };
      }
    }
    this.release(request);
    return outcome;
  }

  /** Says that a request has ended: its partitions may be asked for again. */
  release(request: FetchRequest): void {
    for (const { reader } of request.asked.values()) reader.isFetching = false;
  }

  /** Lets the partitions of a request that had no answer wait. */
  postpone(request: FetchRequest, untilMs: number): void {
    this.#sessionOf(request).onLost();
    for (const { reader } of request.asked.values()) reader.retryAtMs = untilMs;
    this.release(request);
  }

  /** Takes out what has been fetched, oldest first, at least one chunk and further ones up to `bytesMax`. */
  collect(bytesMax: number): FetchedChunk[] {
    const collected: FetchedChunk[] = [];
    const left: PartitionReader[] = [];
    let bytes = 0;
    for (const reader of this.#ready) {
      if (reader.isPaused) continue;
      while (reader.chunks.length > 0 && (collected.length === 0 || bytes < bytesMax)) {
        const chunk = reader.chunks.shift() as FetchedChunk;
        this.#count(reader, -chunk.byteLength);
        bytes += chunk.byteLength;
        collected.push(chunk);
      }
      // What is left of a partition is served after the others.
      this.#ready.delete(reader);
      if (reader.chunks.length > 0) left.push(reader);
      if (bytes >= bytesMax) break;
    }
    for (const reader of left) this.#ready.add(reader);
    return collected;
  }

  /** Puts the rest of a chunk back in front, because its partition was paused in the middle of it. */
  putBack(chunk: FetchedChunk): void {
    if (!chunk.isWanted) return;
    chunk.reader.chunks.unshift(chunk);
    this.#count(chunk.reader, chunk.byteLength);
    this.#ready.add(chunk.reader);
  }

  #ask(reader: PartitionReader, currentLeaderEpoch: number, topicId: string): Asked {
    const { topic, partition, epoch, fetchOffset } = reader;
    const { partitionFetchBytesMax: partitionMaxBytes } = this.#options;
    return { reader, epoch, topic, topicId, partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes };
  }

  #sessionOf({ nodeId }: FetchRequest): FetchSession {
    let session = this.#sessions.get(nodeId);
    if (session === undefined) {
      session = new FetchSession();
      this.#sessions.set(nodeId, session);
    }
    return session;
  }

  #isFetchable(reader: PartitionReader): boolean {
    if (reader.isPaused || reader.isFetching || reader.startFrom !== undefined) return false;
    if (reader.failure !== undefined) return false;
    // One partition alone must not fill the buffer, or the others would wait for its reader.
    return reader.chunkBytes < this.#options.prefetchBytesMax / 2;
  }

  #takePartition(
    asked: Asked,
    answer: PartitionAnswer,
    nowMs: number,
  ): 'records' | 'nothing' | 'outdated' | ErrorName | ProtocolError {
    const { reader } = asked;
    const error = errorName(answer.errorCode);
    if (error !== 'NONE') return this.#takeError(reader, error, nowMs);
    reader.readableEnd = this.#readableEndIn(answer);
    const records = answer.records;
    if (records === null || records.length === 0) return 'nothing';
    try {
      const nextOffset = offsetAfter(records);
      if (nextOffset === undefined || nextOffset <= asked.fetchOffset) return 'nothing';
      const { highWatermark, lastStableOffset, logStartOffset } = answer;
      const aborted = [...(answer.abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset);
      const offsets = { highWatermark, lastStableOffset, logStartOffset, nextOffset };
      reader.chunks.push(new FetchedChunk(reader, offsets, { records, fromOffset: asked.fetchOffset, aborted }));
      this.#count(reader, records.length);
      this.#ready.add(reader);
      reader.fetchOffset = nextOffset;
      return 'records';
    } catch (failure) {
      if (failure instanceof ProtocolError) return failure;
      throw failure;
    }
  }

  #readableEndIn({ lastStableOffset, highWatermark }: PartitionAnswer): number {
    return this.#options.isolationLevel === 'read_committed' ? lastStableOffset : highWatermark;
  }

  #takeError(reader: PartitionReader, error: ErrorName, nowMs: number): 'nothing' | 'outdated' | ErrorName {
    reader.retryAtMs = nowMs + this.#options.retryMs;
    switch (error) {
      case 'OFFSET_OUT_OF_RANGE':
        return error;
      case 'UNKNOWN_TOPIC_OR_PARTITION':
      case 'UNKNOWN_TOPIC_ID':
      case 'INCONSISTENT_TOPIC_ID':
      case 'NOT_LEADER_OR_FOLLOWER':
      case 'LEADER_NOT_AVAILABLE':
      case 'REPLICA_NOT_AVAILABLE':
      case 'KAFKA_STORAGE_ERROR':
      case 'FENCED_LEADER_EPOCH':
      case 'UNKNOWN_LEADER_EPOCH':
      case 'OFFSET_NOT_AVAILABLE':
        return 'outdated';
      case 'UNKNOWN_SERVER_ERROR':
        return 'nothing';
      default:
        return error;
    }
  }

  #count(reader: PartitionReader, bytes: number): void {
    reader.chunkBytes += bytes;
    this.#bufferedBytes += bytes;
  }
}

/** The names behind the ids of an answer; none when it names topics itself. */
function namesOf(request: FetchRequest, answer: FetchAnswer): ReadonlyMap<string, string> {
  if (answer.responses.every(({ topic }) => topic !== '')) return new Map();
  return new Map(Array.from(request.asked.values(), ({ topic, topicId }) => [topicId, topic]));
}
