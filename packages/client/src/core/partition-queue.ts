import type { ProducerBatch } from './producer-batch.ts';
import { PartitionSequence, type ProducerSession, type Verdict } from './producer-session.ts';

/** Brokers know so many batches of a producer again: the last ones that they have stored. */
const knownAgainMax = 5;

/** When a batch that takes more records is sent all the same. */
export interface SendRules {
  readonly lingerMs: number;
  /** Someone waits for what is there: do not linger. */
  readonly isUrgent: boolean;
}

/**
 * The batches of one partition, in order: those under way, those to send again, those not sent yet.
 *
 * Order is kept over retries by three rules. While anything is to be sent again, batches go out one at a time, oldest
 * first. Until the broker has acknowledged the first numbered batch, no other is under way: a broker that does not
 * know the producer id takes whatever number comes first. And no batch goes out that would let the broker forget one whose
 * answer is still to come: sent again, that one would be stored twice.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly #sequence: PartitionSequence | undefined;
  readonly #pending: ProducerBatch[] = [];
  readonly #inFlight: ProducerBatch[] = [];
  readonly #retry: ProducerBatch[] = [];
  #node = -1;
  /** Batches that were sent, those that were sent again counted once. */
  #sent = 0;
  #mustRestart = false;

  /** @param session - Numbers the records; undefined when the producer is not idempotent. */
  constructor(topic: string, partition: number, session: ProducerSession | undefined) {
    this.topic = topic;
    this.partition = partition;
    this.#sequence = session === undefined ? undefined : new PartitionSequence(session);
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0 && this.#inFlight.length === 0 && this.#retry.length === 0;
  }

  get newest(): ProducerBatch | undefined {
    return this.#pending.at(-1);
  }

  /** All batches that have not ended, oldest first. */
  *unfinished(): Generator<ProducerBatch> {
    yield* this.#inFlight;
    yield* this.#retry;
    yield* this.#pending;
  }

  push(batch: ProducerBatch): void {
    this.#pending.push(batch);
  }

  /** The batch to send next if its time has come; otherwise when to look again (infinity: not before an event). */
  next(nowMs: number, rules: SendRules): ProducerBatch | number {
    const retry = this.#retry[0];
    if (retry !== undefined) {
      if (this.#inFlight.length > 0) return Number.POSITIVE_INFINITY;
      return nowMs >= retry.notBeforeMs ? retry : retry.notBeforeMs;
    }
    const batch = this.#pending[0];
    if (batch === undefined) return Number.POSITIVE_INFINITY;
    if (this.#sequence !== undefined && !this.#mayFollow(this.#sequence)) return Number.POSITIVE_INFINITY;
    if (this.#pending.length > 1 || rules.isUrgent) return batch;
    const readyAtMs = batch.createdAtMs + rules.lingerMs;
    return nowMs >= readyAtMs ? batch : readyAtMs;
  }

  #mayFollow(sequence: PartitionSequence): boolean {
    const oldest = this.#inFlight[0];
    return oldest === undefined || (sequence.isEstablished && this.#sent - oldest.place < knownAgainMax);
  }

  /** Whether a batch may go to this broker: not while earlier ones are under way to another. */
  mayGoTo(nodeId: number): boolean {
    if (this.#inFlight.length > 0 && this.#node !== nodeId) return false;
    return this.#sequence === undefined || this.#sequence.isReady;
  }

  /** Takes the batch that {@link next} gave and numbers it. */
  send(batch: ProducerBatch, nodeId: number): Buffer {
    if (this.#retry[0] === batch) this.#retry.shift();
    else this.#pending.shift();
    if (batch.attempts === 0) {
      batch.place = this.#sent;
      this.#sent += 1;
    }
    this.#inFlight.push(batch);
    this.#node = nodeId;
    batch.attempts += 1;
    return batch.encode(batch.identity ?? this.#sequence?.take(batch.count));
  }

  /** Whether no earlier batch is under way or waits to be sent again. */
  isFirst(batch: ProducerBatch): boolean {
    return this.#inFlight[0] === batch && this.#retry.every((other) => isBefore(batch, other));
  }

  /** Puts the halves of a batch that came back in its place, to be sent. */
  split(batch: ProducerBatch): readonly ProducerBatch[] {
    this.settle(batch, 'retry');
    const halves = batch.split();
    this.#retry.splice(this.#retry.indexOf(batch), 1, ...halves);
    return halves;
  }

  /** Puts a batch that came back where the verdict wants it. */
  settle(batch: ProducerBatch, verdict: Exclude<Verdict, 'split'>): void {
    const at = this.#inFlight.indexOf(batch);
    if (at < 0) return;
    const isLast = at === this.#inFlight.length - 1 && this.#retry.length === 0;
    this.#inFlight.splice(at, 1);
    switch (verdict) {
      case 'done':
        this.#sequence?.establish();
        break;
      case 'restart':
        this.#mustRestart = true;
        this.#sendAgain(batch);
        break;
      case 'retry':
        this.#sendAgain(batch);
        break;
      case 'fail':
        // After a second try the first one may have been stored, and its numbers with it.
        if (isLast && batch.attempts === 1) this.#giveBack(batch);
        break;
      case 'abandon':
        if (batch.identity !== undefined) this.#sequence?.abandon(batch.identity);
        this.#startAnew();
        break;
    }
    if (this.#mustRestart && this.#inFlight.length === 0) {
      this.#mustRestart = false;
      this.#sequence?.restart();
      this.#startAnew();
    }
  }

  /** Removes the batches that have waited too long and are not under way. */
  expire(nowMs: number, timeoutMs: number): ProducerBatch[] {
    const expired: ProducerBatch[] = [];
    for (const list of [this.#retry, this.#pending]) {
      while (list[0] !== undefined && nowMs >= list[0].createdAtMs + timeoutMs) expired.push(list.shift()!);
    }
    return expired;
  }

  /** Removes the batches that are not under way. */
  drop(): ProducerBatch[] {
    return [...this.#retry.splice(0), ...this.#pending.splice(0)];
  }

  /** When {@link expire} has something to do, unless what is under way comes back before. */
  get oldestAtMs(): number {
    return (this.#retry[0] ?? this.#pending[0])?.createdAtMs ?? Number.POSITIVE_INFINITY;
  }

  #sendAgain(batch: ProducerBatch): void {
    const at = this.#retry.findIndex((other) => isBefore(batch, other));
    this.#retry.splice(at < 0 ? this.#retry.length : at, 0, batch);
  }

  #giveBack({ identity }: ProducerBatch): void {
    if (identity !== undefined) this.#sequence?.giveBack(identity.baseSequence);
  }

  /** Batches that are to be sent again take new numbers. */
  #startAnew(): void {
    for (const batch of this.#retry) batch.identity = undefined;
  }
}

function isBefore(a: ProducerBatch, b: ProducerBatch): boolean {
  return a.number < b.number;
}
