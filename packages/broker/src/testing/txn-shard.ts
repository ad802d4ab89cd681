import { assert } from '@nagare/base';
import type { ErrorName } from '@nagare/protocol';
import type { ShardStep, StoredPair, Turn } from '../core/shard.ts';
import type { Answer } from '../core/step.ts';
import { decodeRecord, encodeRecords } from '../core/transaction/records.ts';
import type { ProducerRef, TxnMetadata } from '../core/transaction/txn-metadata.ts';
import { listPartitions, type TxnPartition } from '../core/transaction/txn-partitions.ts';
import type { TxnRecord } from '../core/transaction/txn-record.ts';
import type { TxnSettings } from '../core/transaction/txn-settings.ts';
import { type Granted, TxnShard } from '../core/transaction/txn-shard.ts';
import type { TxnReply } from '../core/transaction/verdict.ts';

export const testTxnSettings: TxnSettings = { timeoutMsMax: 900_000, idleMsMax: 7 * 86_400_000 };

type Act<Reply> = (core: TxnShard, turn: Turn) => ShardStep<TxnRecord, Reply>;

/** Partitions in short: `t:0`. */
export function placesOf(...names: readonly string[]): TxnPartition[] {
  return names.map((name) => {
    const [topic = '', partition] = name.split(':');
    return { topic, partition: Number(partition) };
  });
}

/** A core of transactions with its log in memory, on virtual time, and somebody who waits for its decisions. */
export class TestTxnShard {
  readonly settings: TxnSettings;
  /** What has been appended; the last of it may not be committed. */
  readonly log: StoredPair[] = [];
  committed = 0;
  /** Whether appends wait for {@link commit}. */
  isManual = false;
  core: TxnShard;
  nowMs = 1_000;
  wakeAtMs = Number.POSITIVE_INFINITY;
  /** What the wall clock showed at the start; a test may set the clock. */
  wallStartMs = 1_700_000_000_000;
  /** The decisions whose markers nobody has reported yet, in the order in which they came out. */
  readonly decisions: TxnMetadata[] = [];
  nextProducerId = 1_000;
  readonly #replies = new Map<number, (reply: never) => void>();
  #held: { readonly upTo: number; readonly answer: Answer }[] = [];
  #lastTicket = 0;

  constructor(settings: Partial<TxnSettings> = {}) {
    this.settings = { ...testTxnSettings, ...settings };
    this.core = new TxnShard(this.settings);
    this.#listen();
  }

  get wallMs(): number {
    return this.wallStartMs + this.nowMs;
  }

  /** Asks for something; the answers that come are listed. */
  ask<Reply>(act: Act<Reply>, answered: (reply: Reply) => void = () => {}): Reply[] {
    const replies: Reply[] = [];
    this.#submit<Reply>(act, (reply) => {
      replies.push(reply);
      answered(reply);
    });
    return replies;
  }

  /** Puts a record into the log and the core that no request could have brought about so soon. */
  restore(record: TxnRecord): void {
    this.log.push(...encodeRecords([record]));
    this.core.replay(record);
    this.commit();
  }

  /** Asks for something that is answered at once. */
  call<Reply>(act: Act<Reply>): Reply {
    const [reply] = this.ask(act);
    assert(reply !== undefined, 'The request was not answered at once');
    return reply;
  }

  init(id: string, { expected, timeoutMs = 60_000 }: { expected?: ProducerRef; timeoutMs?: number } = {}): TxnReply {
    return this.#granted((freshProducerId) => (core, turn) => {
      return core.init({ transactionalId: id, timeoutMs, expected, freshProducerId }, turn);
    });
  }

  end(id: string, producer: ProducerRef, isCommit: boolean, transactionVersion = 2): TxnReply {
    const event = { transactionalId: id, ...refOf(producer), isCommit, transactionVersion };
    return this.#granted((freshProducerId) => (core, turn) => core.end({ ...event, freshProducerId }, turn));
  }

  add(id: string, producer: ProducerRef, ...names: readonly string[]): ErrorName {
    return this.addUnder(2, id, producer, ...names);
  }

  addUnder(transactionVersion: number, id: string, producer: ProducerRef, ...names: readonly string[]): ErrorName {
    const event = { transactionalId: id, ...refOf(producer), partitions: placesOf(...names), transactionVersion };
    return this.call<TxnReply>((core, turn) => core.add(event, turn, 0)).error;
  }

  verify(id: string, producer: ProducerRef, ...names: readonly string[]): readonly ErrorName[] {
    const event = { transactionalId: id, ...refOf(producer), partitions: placesOf(...names) };
    return this.call((core, turn) => core.verify(event, turn));
  }

  describe(id: string): TxnMetadata | undefined {
    return this.call((core, turn) => core.describe(id, turn));
  }

  /** Reports all markers of the decisions that came out. */
  markAll(): void {
    for (const decided of this.decisions.splice(0)) this.mark(decided, listPartitions(decided.partitions));
  }

  mark(decided: TxnMetadata, partitions: readonly TxnPartition[]): boolean {
    return this.call<boolean>((core, turn) => core.marked({ decided, partitions }, turn));
  }

  /** Looks for transactions that take too long, as often as that wants producer ids. */
  abortTimedOut(): readonly string[] {
    let fresh: number[] = [];
    const all: string[] = [];
    for (;;) {
      const { aborted, idsWanted } = this.call((core, turn) => core.abortTimedOut(fresh, turn));
      all.push(...aborted);
      if (idsWanted === 0) return all;
      fresh = Array.from({ length: idsWanted }, () => this.#freshId());
    }
  }

  /** Lets time pass; the core is woken when it asked to be. */
  advance(ms: number): void {
    this.nowMs += ms;
    if (this.wakeAtMs > this.nowMs) return;
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    this.#submit(
      (core, turn) => core.wake({ ...turn, ticket: 0 }),
      () => {},
    );
  }

  /** Commits what has been appended. */
  commit(): void {
    this.committed = this.log.length;
    const held = this.#held;
    this.#held = [];
    for (const { answer } of held) this.#deliver(answer);
  }

  /** Loses everything but the log, and of that what is not committed but for so many records. */
  crash(kept = 0): void {
    this.#replies.clear();
    this.#held = [];
    this.decisions.length = 0;
    this.log.length = Math.min(this.log.length, this.committed + kept);
    this.committed = this.log.length;
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    this.core = this.replayed();
    this.#listen();
  }

  /** A core that knows no more than the log. */
  replayed(): TxnShard {
    const core = new TxnShard(this.settings);
    for (const stored of this.log) {
      const record = decodeRecord(stored);
      if (record !== undefined) core.replay(record);
    }
    return core;
  }

  #granted(act: (freshProducerId: number | undefined) => Act<Granted>): TxnReply {
    const first = this.call(act(undefined));
    if (first !== 'needs-producer-id') return first;
    const second = this.call(act(this.#freshId()));
    assert(second !== 'needs-producer-id', 'One producer id was not enough');
    return second;
  }

  #freshId(): number {
    this.nextProducerId += 1;
    return this.nextProducerId;
  }

  #listen(): void {
    this.#submit<readonly TxnMetadata[]>(
      (core, turn) => core.decisions(turn),
      (decided) => {
        this.decisions.push(...decided);
        this.#listen();
      },
    );
  }

  #submit<Reply>(act: Act<Reply>, answered: (reply: Reply) => void): void {
    this.#lastTicket += 1;
    this.#replies.set(this.#lastTicket, answered);
    const step = act(this.core, { ticket: this.#lastTicket, nowMs: this.nowMs, wallMs: this.wallMs });
    const stored = encodeRecords(step.records);
    for (const record of step.records) this.core.replay(record);
    this.log.push(...stored);
    this.wakeAtMs = Math.min(this.wakeAtMs, step.wakeAtMs);
    this.#held.push(...step.answers.map((answer) => ({ upTo: this.log.length, answer })));
    if (!this.isManual) this.commit();
    else this.#release();
  }

  /** Answers leave when what they tell of is committed. */
  #release(): void {
    const ready = this.#held.filter(({ upTo }) => upTo <= this.committed);
    this.#held = this.#held.filter(({ upTo }) => upTo > this.committed);
    for (const { answer } of ready) this.#deliver(answer);
  }

  #deliver({ ticket, response }: Answer): void {
    const answered = this.#replies.get(ticket);
    assert(answered !== undefined, `Ticket ${ticket} is answered twice, or by nobody`);
    this.#replies.delete(ticket);
    answered(response as never);
  }
}

function refOf({ producerId, producerEpoch }: ProducerRef): ProducerRef {
  return { producerId, producerEpoch };
}
