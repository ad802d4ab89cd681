import { assert } from '@nagare/base';
import type { apis, ErrorName, RequestDraftOf } from '@nagare/protocol';
import type { CommitOffset, GroupMetadata } from '../consumer.ts';
import { groupByTopic } from './assignors/by-topic.ts';
import type { ProducerIdentity } from './producer-session.ts';
import { judgeCall, judgeRecords, type TransactionCallKind, type TransactionVerdict } from './transaction-verdict.ts';

/** A request that the transaction needs now. */
export type TransactionCall =
  | { readonly kind: 'init'; readonly draft: RequestDraftOf<typeof apis.initProducerId> }
  | { readonly kind: 'add-partitions'; readonly draft: RequestDraftOf<typeof apis.addPartitionsToTxn> }
  | { readonly kind: 'add-offsets'; readonly draft: RequestDraftOf<typeof apis.addOffsetsToTxn> }
  | { readonly kind: 'commit-offsets'; readonly draft: RequestDraftOf<typeof apis.txnOffsetCommit> }
  | { readonly kind: 'end'; readonly draft: RequestDraftOf<typeof apis.endTxn> };

/** What came back: the decisive error, and the producer's id where the answer tells one. */
export interface TransactionAnswer {
  readonly error: ErrorName;
  readonly identity?: ProducerIdentity | undefined;
}

/** Why a transaction, or the whole producer, has failed. */
export interface TransactionFailure {
  readonly kind: 'abortable' | 'fenced' | 'fatal';
  /** What was going on. */
  readonly during: string;
  readonly answer: ErrorName | undefined;
  readonly text: string | undefined;
}

/**
 * - `unready`: has no id, or must have another epoch first.
 * - `ready`: may begin.
 * - `open`: takes records and offsets; with a failure it can only be aborted.
 * - `committing`, `aborting`: the end is under way, and cannot be taken back.
 */
export type TransactionState = 'unready' | 'ready' | 'open' | 'committing' | 'aborting';

/** Offsets on their way into the transaction. */
export interface OffsetsInTransaction {
  readonly group: GroupMetadata;
  readonly offsets: readonly CommitOffset[];
  isStored: boolean;
}

/**
 * The transactions of one producer, one after the other: which request comes next, and what its answer means. One request
 * is under way at a time.
 *
 * Two protocols end in the same guarantee. In the first, partitions and groups are added before anything is written to
 * them. In the second (KIP-890) writing adds them, and each end raises the epoch, so that nothing late can reach the next
 * transaction. In the first the epoch rises only when something may come late: a request without an answer, or records
 * that were given numbers and not acknowledged.
 */
export class TransactionCore {
  readonly #transactionalId: string;
  readonly #transactionTimeoutMs: number;
  #state: TransactionState = 'unready';
  #failure: TransactionFailure | undefined;
  #identity: ProducerIdentity | undefined;
  #protocol: 1 | 2 = 1;
  #isWanted = false;
  #mustBump = false;
  /** Whether the coordinator may have a transaction that has to be ended. */
  #isStarted = false;
  /** A request of the first protocol that may have begun a transaction, nobody knows. */
  #inDoubt: TransactionCall | undefined;
  #isAsking = false;
  readonly #partitions = new Set<string>();
  readonly #groups = new Set<string>();
  #toAdd = new Map<string, { readonly topic: string; readonly partition: number }>();
  #offsets: OffsetsInTransaction[] = [];

  constructor(options: { readonly transactionalId: string; readonly transactionTimeoutMs: number }) {
    this.#transactionalId = options.transactionalId;
    this.#transactionTimeoutMs = options.transactionTimeoutMs;
  }

  get state(): TransactionState {
    return this.#state;
  }

  /** Set until the transaction is aborted, or for good when it is not `abortable`. */
  get failure(): TransactionFailure | undefined {
    return this.#failure;
  }

  get isDead(): boolean {
    return this.#failure !== undefined && this.#failure.kind !== 'abortable';
  }

  /** Who the producer is; another object each time that its id or epoch has changed. */
  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  /** The protocol of the transaction that is open or comes next. */
  get protocol(): 1 | 2 {
    return this.#protocol;
  }

  /** Whether offsets are on their way. */
  get hasOffsetsPending(): boolean {
    return this.#offsets.length > 0;
  }

  /** Asks for what {@link begin} needs. */
  prepare(): void {
    if (this.#state !== 'unready') return;
    this.#isWanted = true;
    if (!this.isDead) this.#failure = undefined;
  }

  begin(): void {
    assert(this.#state === 'ready' && this.#failure === undefined, `a transaction cannot begin while ${this.#state}`);
    this.#state = 'open';
  }

  /** Notes that records go to a partition. They may be sent once {@link mayProduce} says so. */
  use(topic: string, partition: number): void {
    assert(this.#state === 'open', `records cannot come while ${this.#state}`);
    const key = `${partition} ${topic}`;
    if (this.#protocol === 2) this.#isStarted = true;
    else if (!this.#partitions.has(key)) this.#toAdd.set(key, { topic, partition });
  }

  mayProduce(topic: string, partition: number): boolean {
    if (this.#state !== 'open' || this.#failure !== undefined) return false;
    return this.#protocol === 2 || this.#partitions.has(`${partition} ${topic}`);
  }

  addOffsets(group: GroupMetadata, offsets: readonly CommitOffset[]): OffsetsInTransaction {
    assert(this.#state === 'open', `offsets cannot come while ${this.#state}`);
    const entry = { group, offsets, isStored: offsets.length === 0 };
    if (entry.isStored) return entry;
    if (this.#protocol === 2) this.#isStarted = true;
    this.#offsets.push(entry);
    return entry;
  }

  /** Commits. Every record must be acknowledged and every offset stored by now. */
  commit(): void {
    assert(this.#state === 'open' && this.#failure === undefined, `a transaction cannot commit while ${this.#state}`);
    assert(this.#offsets.length === 0, 'offsets are still on their way');
    this.#end('committing');
  }

  /** Aborts. No record may be under way any more. */
  abort(): void {
    assert(this.#state === 'open' && !this.isDead, `a transaction cannot be aborted while ${this.#state}`);
    this.#end('aborting');
  }

  /** Says that records of the transaction could not be sent. */
  onRecordsFailed(answer: ErrorName | undefined, text: string): void {
    if (this.#state !== 'open' && this.#state !== 'committing') return;
    this.noteGap();
    this.#fail({ kind: judgeRecords(answer), during: 'Produce', answer, text });
  }

  /** Says that records had numbers and were given up, so that the next ones would not follow them. */
  noteGap(): void {
    if (this.#protocol === 1) this.#mustBump = true;
  }

  /** The request to make now; its end must be told before the next one is asked for. */
  next(): TransactionCall | undefined {
    assert(!this.#isAsking, 'one request is under way at a time');
    const call = this.#next();
    this.#isAsking = call !== undefined;
    return call;
  }

  #next(): TransactionCall | undefined {
    if (this.isDead) return undefined;
    if (this.#inDoubt !== undefined) return this.#inDoubt;
    switch (this.#state) {
      case 'unready':
        return this.#isWanted ? this.#init() : undefined;
      case 'ready':
        return undefined;
      case 'open':
        return this.#failure === undefined ? this.#addition() : undefined;
      case 'committing':
      case 'aborting':
        return { kind: 'end', draft: { ...this.#sender(), committed: this.#state === 'committing' } };
    }
  }

  /** Says that a request had no answer: it is made again. */
  onLost(call: TransactionCall): void {
    this.#isAsking = false;
    this.noteGap();
    if (this.#protocol === 1 && (call.kind === 'add-partitions' || call.kind === 'add-offsets')) this.#inDoubt = call;
  }

  /** Says that a request could not be sent: it is made again. */
  onUnsent(): void {
    this.#isAsking = false;
    this.#finishWhenDone();
  }

  /**
   * Takes an answer.
   *
   * @param transactionVersion - The feature that decides the protocol of the next transaction.
   */
  onAnswer(call: TransactionCall, answer: TransactionAnswer, transactionVersion: number): TransactionVerdict {
    this.#isAsking = false;
    const verdict = this.#sharpened(call, judgeCall(call.kind, answer.error));
    if (!saysNothing(verdict, answer.error)) this.#inDoubt = undefined;
    if (verdict === 'ok') this.#succeed(call, answer, transactionVersion);
    else if (verdict === 'abortable' || verdict === 'fenced' || verdict === 'fatal') {
      if (answer.error === 'UNKNOWN_PRODUCER_ID') this.noteGap();
      this.#fail({ kind: verdict, during: call.kind, answer: answer.error, text: undefined });
    }
    this.#finishWhenDone();
    return verdict;
  }

  /** Says that a request cannot be made at all, for instance because the broker does not know it. */
  onImpossible(call: TransactionCall, text: string): void {
    this.#isAsking = false;
    this.#fail({ kind: 'fatal', during: call.kind, answer: undefined, text });
  }

  /** What cannot be aborted leaves nothing to do. */
  #sharpened(call: TransactionCall, verdict: TransactionVerdict): TransactionVerdict {
    return verdict === 'abortable' && call.kind === 'end' && this.#state === 'aborting' ? 'fatal' : verdict;
  }

  #succeed(call: TransactionCall, { identity }: TransactionAnswer, transactionVersion: number): void {
    switch (call.kind) {
      case 'init':
        this.#identity = identity;
        this.#protocol = transactionVersion >= 2 ? 2 : 1;
        this.#isWanted = false;
        this.#mustBump = false;
        this.#state = 'ready';
        break;
      case 'add-partitions':
        this.#isStarted = true;
        for (const { name, partitions } of call.draft.v3AndBelowTopics ?? []) {
          for (const partition of partitions) this.#added(name, partition);
        }
        break;
      case 'add-offsets':
        this.#isStarted = true;
        this.#groups.add(call.draft.groupId);
        break;
      case 'commit-offsets': {
        const stored = this.#offsets.shift();
        if (stored !== undefined) stored.isStored = true;
        break;
      }
      case 'end':
        if (identity !== undefined) this.#identity = identity;
        this.#finish();
        this.#choose(transactionVersion);
        break;
    }
  }

  #added(topic: string, partition: number): void {
    const key = `${partition} ${topic}`;
    this.#partitions.add(key);
    this.#toAdd.delete(key);
  }

  #fail(failure: TransactionFailure): void {
    // What has failed for good stays so, and the first reason to abort is the one that tells.
    if (this.isDead || (this.#failure !== undefined && failure.kind === 'abortable')) return;
    if (failure.kind === 'abortable' && this.#state === 'aborting') return;
    this.#failure = failure;
    if (this.#state === 'committing') this.#state = 'open';
    if (this.#state === 'unready') this.#isWanted = false;
    this.#toAdd.clear();
    this.#offsets = [];
  }

  #end(state: 'committing' | 'aborting'): void {
    this.#state = state;
    this.#toAdd.clear();
    this.#offsets = [];
    this.#finishWhenDone();
  }

  /** A transaction that the coordinator knows nothing of needs no end. */
  #finishWhenDone(): void {
    if (this.#state !== 'committing' && this.#state !== 'aborting') return;
    if (!this.#isStarted && this.#inDoubt === undefined && !this.#isAsking) this.#finish();
  }

  #finish(): void {
    this.#partitions.clear();
    this.#groups.clear();
    this.#isStarted = false;
    this.#failure = undefined;
    this.#state = this.#mustBump ? 'unready' : 'ready';
  }

  /** A cluster that was raised to the second protocol needs an epoch that the first has not seen. */
  #choose(transactionVersion: number): void {
    if (this.#protocol === 1 && transactionVersion >= 2) this.#mustBump = true;
    if (this.#mustBump) this.#state = 'unready';
    else this.#protocol = transactionVersion >= 2 ? 2 : 1;
  }

  #sender(): ProducerIdentity & { readonly transactionalId: string } {
    assert(this.#identity !== undefined, 'a transaction needs an id');
    return { transactionalId: this.#transactionalId, ...this.#identity };
  }

  #init(): TransactionCall {
    const { producerId = -1, producerEpoch = -1 } = this.#identity ?? {};
    const transactionTimeoutMs = this.#transactionTimeoutMs;
    const transactionalId = this.#transactionalId;
    return { kind: 'init', draft: { transactionalId, transactionTimeoutMs, producerId, producerEpoch } };
  }

  #addition(): TransactionCall | undefined {
    if (this.#toAdd.size > 0) return this.#addPartitions();
    const offsets = this.#offsets[0];
    if (offsets === undefined) return undefined;
    const { groupId } = offsets.group;
    if (this.#protocol === 2 || this.#groups.has(groupId)) return this.#commitOffsets(offsets);
    return { kind: 'add-offsets', draft: { ...this.#sender(), groupId } };
  }

  #addPartitions(): TransactionCall {
    const { transactionalId, producerId, producerEpoch } = this.#sender();
    const byTopic = groupByTopic([...this.#toAdd.values()]);
    const draft = {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: byTopic.map(({ topic, partitions }) => ({ name: topic, partitions })),
    };
    return { kind: 'add-partitions', draft };
  }

  #commitOffsets({ group, offsets }: OffsetsInTransaction): TransactionCall {
    const topics = new Map<string, CommitOffset[]>();
    for (const offset of offsets) topics.set(offset.topic, [...(topics.get(offset.topic) ?? []), offset]);
    const draft = {
      ...this.#sender(),
      groupId: group.groupId,
      generationIdOrMemberEpoch: group.generationId,
      memberId: group.memberId,
      groupInstanceId: group.groupInstanceId,
      topics: Array.from(topics, ([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, offset, leaderEpoch, metadata }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: leaderEpoch ?? -1,
          committedMetadata: metadata ?? '',
        })),
      })),
    };
    return { kind: 'commit-offsets', draft };
  }
}

/** Whether an answer leaves open what came of an earlier try, which another coordinator may have seen. */
function saysNothing(verdict: TransactionVerdict, answer: ErrorName): boolean {
  return verdict === 'rediscover' || verdict === 'busy' || answer === 'COORDINATOR_LOAD_IN_PROGRESS';
}

/** Names of requests, for errors and logs. */
export const callNames: Readonly<Record<TransactionCallKind, string>> = {
  init: 'InitProducerId',
  'add-partitions': 'AddPartitionsToTxn',
  'add-offsets': 'AddOffsetsToTxn',
  'commit-offsets': 'TxnOffsetCommit',
  end: 'EndTxn',
};
