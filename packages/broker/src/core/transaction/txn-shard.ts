import type { ErrorName } from '@nagare/protocol';
import type { ShardCore, ShardStep, Turn } from '../shard.ts';
import type { Answer } from '../step.ts';
import { type AddEvent, addPartitions, type PartitionsEvent, verifyPartitions } from './add-partitions.ts';
import { type EndEvent, endTxn } from './end-txn.ts';
import { fence, type InitEvent, initProducerId } from './init-producer-id.ts';
import { ParkedAdds } from './parked-adds.ts';
import { completeTxn, type TxnMetadata } from './txn-metadata.ts';
import { type TxnPartition, type TxnPartitions, withoutPartitions } from './txn-partitions.ts';
import { recordOf, type TxnRecord } from './txn-record.ts';
import type { TxnSettings } from './txn-settings.ts';
import { isIdle, isPrepared } from './txn-state.ts';
import { type ListedTxn, listTxns, type TxnFilter } from './txn-views.ts';
import { outcome, type TxnReply, type Verdict } from './verdict.ts';

type TxnStep<Reply> = ShardStep<TxnRecord, Reply>;

/** An answer, or the wish to be asked again with a producer id that nobody has. */
export type Granted = TxnReply | 'needs-producer-id';

/** Which partitions of a decided transaction hold its marker, or never will because they are gone. */
export interface MarkedEvent {
  /**
   * The decision as it was handed out. It is known by being the same object: under the older protocol nothing in it
   * tells it from the next one of the same producer, and what a shard handed out before it read its log again is void.
   */
  readonly decided: TxnMetadata;
  readonly partitions: readonly TxnPartition[];
}

/** What came of a look at the transactions that take too long. */
export interface TimedOut {
  /** The ids whose transactions were aborted. */
  readonly aborted: readonly string[];
  /** How many more could be with as many more producer ids. */
  readonly idsWanted: number;
}

/** A decided transaction whose markers are being written. */
interface Marking {
  readonly decided: TxnMetadata;
  /** Where the marker has not been reported yet. */
  readonly waiting: TxnPartitions;
  readonly isTaken: boolean;
}

const never = Number.POSITIVE_INFINITY;
const nobody = 0;
/** Ids that are forgotten in one step: a bound for the batch. */
const forgottenMax = 1000;

/**
 * The transactional ids of one partition of `__transaction_state`.
 *
 * A decision is handed to the writer of markers as the answer to {@link decisions}, and so leaves only when it is
 * committed, as every answer does. After a restart the first answer holds all that are not completed yet.
 */
export class TxnShard implements ShardCore<TxnRecord> {
  readonly #settings: TxnSettings;
  readonly #txns = new Map<string, TxnMetadata>();
  readonly #marking = new Map<string, Marking>();
  readonly #parked = new ParkedAdds();
  /** When open transactions were first found as they are, by the clock that nobody sets. */
  readonly #foundAtMs = new WeakMap<TxnMetadata, number>();
  /** The ticket of who waits for decisions. */
  #marker = nobody;

  constructor(settings: TxnSettings) {
    this.#settings = settings;
  }

  init(event: InitEvent, turn: Turn): TxnStep<Granted> {
    const { timeoutMs } = event;
    if (timeoutMs <= 0 || timeoutMs > this.#settings.timeoutMsMax) {
      return this.#step(turn, outcome('INVALID_TRANSACTION_TIMEOUT'));
    }
    return this.#rule(turn, initProducerId(this.#txns.get(event.transactionalId), event, turn.wallMs));
  }

  /**
   * Adds partitions. While the transaction before is being ended, the answer waits up to `waitMs`: a client that was told
   * to try again would lose more time.
   */
  add(event: AddEvent, turn: Turn, waitMs: number): TxnStep<TxnReply> {
    const verdict = addPartitions(this.#txns.get(event.transactionalId), event, turn.wallMs);
    const isEarly = this.#marking.has(event.transactionalId) && waitMs > 0;
    return isEarly ? this.#park(event, turn, waitMs) : this.#rule(turn, verdict);
  }

  verify(event: PartitionsEvent, turn: Turn): TxnStep<readonly ErrorName[]> {
    return this.#step(turn, verifyPartitions(this.#txns.get(event.transactionalId), event));
  }

  end(event: EndEvent, turn: Turn): TxnStep<Granted> {
    return this.#rule(turn, endTxn(this.#txns.get(event.transactionalId), event, turn.wallMs));
  }

  describe(transactionalId: string, turn: Turn): TxnStep<TxnMetadata | undefined> {
    const txn = this.#txns.get(transactionalId);
    const waiting = this.#marking.get(transactionalId)?.waiting;
    return this.#step(turn, txn === undefined || waiting === undefined ? txn : { ...txn, partitions: waiting });
  }

  list(filter: TxnFilter, turn: Turn): TxnStep<readonly ListedTxn[]> {
    return this.#step(turn, listTxns(this.#txns.values(), filter, turn.wallMs));
  }

  /** The decided transactions that nobody writes the markers of yet; answered when there are any. */
  decisions(turn: Turn): TxnStep<readonly TxnMetadata[]> {
    const open = [...this.#marking].filter(([, { isTaken }]) => !isTaken);
    if (open.length === 0) {
      this.#marker = turn.ticket;
      return { records: [], answers: [], wakeAtMs: never };
    }
    for (const [id, marking] of open) this.#marking.set(id, { ...marking, isTaken: true });
    return this.#step(
      turn,
      open.map(([, { decided }]) => decided),
    );
  }

  /** Completes a transaction when no partition waits for its marker. What comes late or again changes nothing. */
  marked(event: MarkedEvent, turn: Turn): TxnStep<boolean> {
    const { decided, partitions } = event;
    const { transactionalId } = decided;
    const marking = this.#marking.get(transactionalId);
    if (marking?.decided !== decided) return this.#step(turn, false);
    const waiting = withoutPartitions(marking.waiting, partitions);
    this.#marking.set(transactionalId, { ...marking, waiting });
    if (waiting.size > 0) return this.#step(turn, true);
    const completed = completeTxn(decided, turn.wallMs);
    return this.#unpark(completed, turn, this.#step(turn, true, [completed]));
  }

  /** Aborts the transactions that have lasted longer than their producers wanted. */
  abortTimedOut(freshProducerIds: readonly number[], turn: Turn): TxnStep<TimedOut> {
    const fresh = [...freshProducerIds];
    const aborted: TxnMetadata[] = [];
    let idsWanted = 0;
    for (const txn of this.#txns.values()) {
      if (txn.state !== 'Ongoing' || !this.#isTimedOut(txn, turn)) continue;
      const verdict = fence(txn, fresh[0], turn.wallMs);
      if (verdict === 'needs-producer-id') idsWanted += 1;
      else if (verdict.metadata !== undefined) {
        if (verdict.metadata.nextProducerId === fresh[0]) fresh.shift();
        aborted.push(verdict.metadata);
      }
    }
    const reply: TimedOut = { aborted: aborted.map(({ transactionalId }) => transactionalId), idsWanted };
    return this.#step(turn, reply, aborted);
  }

  /** Forgets ids that nobody has used for long; says whether there are more. */
  forgetIdle(turn: Turn): TxnStep<boolean> {
    const before = turn.wallMs - this.#settings.idleMsMax;
    const records: TxnRecord[] = [];
    for (const { transactionalId, state, updateMs } of this.#txns.values()) {
      if (!isIdle(state) || updateMs > before) continue;
      records.push({ type: 'tombstone', transactionalId });
      if (records.length === forgottenMax) break;
    }
    const answers = [{ ticket: turn.ticket, response: records.length === forgottenMax }];
    return { records, answers, wakeAtMs: never };
  }

  replay(record: TxnRecord): void {
    if (record.type === 'tombstone') {
      this.#txns.delete(record.transactionalId);
      this.#marking.delete(record.transactionalId);
      return;
    }
    const { metadata } = record;
    const id = metadata.transactionalId;
    this.#txns.set(id, metadata);
    if (!isPrepared(metadata.state)) this.#marking.delete(id);
    else if (this.#marking.get(id)?.decided !== metadata) {
      this.#marking.set(id, { decided: metadata, waiting: metadata.partitions, isTaken: false });
    }
  }

  loaded(): TxnStep<never> {
    return { records: [], answers: [], wakeAtMs: never };
  }

  /** Tells those who have waited long enough to try again. */
  wake(turn: Turn): TxnStep<never> {
    const late = this.#parked.takeLate(turn.nowMs);
    const answers = late.map(({ ticket }) => ({ ticket, response: outcome('CONCURRENT_TRANSACTIONS') }));
    return { records: [], answers, wakeAtMs: this.#parked.nextMs };
  }

  /** By the wall clock, which counts restarts; and by how long nothing was added to it, as the wall clock may be set back. */
  #isTimedOut(txn: TxnMetadata, { nowMs, wallMs }: Turn): boolean {
    const foundAtMs = this.#foundAtMs.get(txn) ?? nowMs;
    this.#foundAtMs.set(txn, foundAtMs);
    return txn.startMs + txn.timeoutMs < wallMs || foundAtMs + txn.timeoutMs < nowMs;
  }

  #rule<Reply>(turn: Turn, verdict: Verdict): TxnStep<Reply> {
    if (verdict === 'needs-producer-id') return this.#step(turn, verdict);
    const { metadata, ...reply } = verdict;
    return this.#step(turn, reply, metadata === undefined ? [] : [metadata]);
  }

  #step<Reply>(turn: Turn, response: unknown, changed: readonly TxnMetadata[] = []): TxnStep<Reply> {
    const answers: Answer[] = [{ ticket: turn.ticket, response }];
    const decided = changed.filter(({ state }) => isPrepared(state));
    const toMark = decided.filter(({ partitions }) => partitions.size > 0);
    if (this.#marker !== nobody && toMark.length > 0) {
      answers.push({ ticket: this.#marker, response: toMark });
      this.#marker = nobody;
      for (const each of toMark) {
        this.#marking.set(each.transactionalId, { decided: each, waiting: each.partitions, isTaken: true });
      }
    }
    // A transaction without partitions has nobody to tell: it is completed with its decision.
    const completed = decided.filter(({ partitions }) => partitions.size === 0);
    const records = [...changed, ...completed.map((each) => completeTxn(each, turn.wallMs))].map(recordOf);
    return { records, answers, wakeAtMs: never };
  }

  #park(event: AddEvent, turn: Turn, waitMs: number): TxnStep<never> {
    this.#parked.park({ ticket: turn.ticket, event, untilMs: turn.nowMs + waitMs });
    return { records: [], answers: [], wakeAtMs: this.#parked.nextMs };
  }

  /** Lets those begin the next transaction who came while this one was being ended. */
  #unpark(completed: TxnMetadata, turn: Turn, step: TxnStep<boolean>): TxnStep<boolean> {
    const records = [...step.records];
    const answers = [...step.answers];
    let current = completed;
    for (const { ticket, event } of this.#parked.take(completed.transactionalId)) {
      const verdict = addPartitions(current, event, turn.wallMs);
      if (verdict === 'needs-producer-id') continue;
      const { metadata, ...response } = verdict;
      answers.push({ ticket, response });
      if (metadata === undefined) continue;
      records.push(recordOf(metadata));
      current = metadata;
    }
    return { records, answers, wakeAtMs: never };
  }
}
