import { assert, type Clock, CodedError, type Log, type Timer, type Timers } from '@nagare/base';
import { type ErrorName, ProtocolError } from '@nagare/protocol';
import type { ShardCore, ShardStep, StoredPair, Turn, TxnEnd, TxnProducer } from '../core/shard.ts';
import type { Answer, Step } from '../core/step.ts';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';

/** What a shard needs of the partition that remembers it. */
export interface RecordLog {
  /**
   * Appends records, of one producer or none, before it returns; resolves once they, and all before them, are committed.
   * They are one batch unless that would be larger than the topic allows. An empty list only waits.
   */
  append(records: readonly StoredPair[]): Promise<void>;
  /** NONE, or why records of the producer's transaction must not be appended. */
  checkProducer(producer: TxnProducer): ErrorName;
  /** Appends the end of a producer's transaction before it returns, unless it says why not. */
  appendMarker(marker: TxnMarker): MarkerAppend;
  /** Tells of every record and of every end of a transaction, from the first to the last. */
  replay(each: (record: StoredPair) => void, ended: (end: TxnEnd) => void): Promise<void>;
}

/** What came of a marker. */
export interface MarkerAppend {
  /** Anything but NONE: nothing was appended. */
  readonly error: ErrorName;
  /** Resolves once the marker, and all before it, are committed. */
  readonly committed: Promise<void>;
}

/** How the records of a core look in its log. */
export interface RecordFormat<Record> {
  encode(records: readonly Record[]): readonly StoredPair[];
  /** Undefined for what the core does not need to know. */
  decode(stored: StoredPair): Record | undefined;
  /** How a core that keeps records of transactions is told that one has ended. Default: it is not. */
  ended?(end: TxnEnd): Record;
}

export interface ShardHostOptions<Core, Record> {
  /** Which shard this is, in what it reports. */
  readonly name: string;
  readonly log: RecordLog;
  readonly format: RecordFormat<Record>;
  readonly createCore: () => Core;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly report: Log;
}

/** Makes the answer of a request that the core never got to answer. */
export type Refuse<Reply> = (error: ErrorName) => Reply;

interface Waiting {
  readonly resolve: (response: unknown) => void;
  readonly refuse: Refuse<unknown>;
}

/** An append that is under way, with the answers that leave when it is committed. */
interface Append {
  readonly answers: Answer[];
}

type State = 'loading' | 'active' | 'failed' | 'closed';

const never = Number.POSITIVE_INFINITY;
const reloadDelayMs = { first: 100, max: 30_000 } as const;

/**
 * Drives one core against its log. Everything here can wait or fail; nothing here decides.
 *
 * Answers leave after the records of their step and of all steps before are committed, so that none tells of what a
 * crash would undo; with nothing under way they leave at once. When an append fails, what the core believes and what
 * the log holds may differ: the core is dropped, who waits is refused, and a new core is made from the log.
 */
export class ShardHost<Core extends ShardCore<Record>, Record> {
  readonly #options: ShardHostOptions<Core, Record>;
  readonly #waiting = new Map<number, Waiting>();
  #core: Core;
  #state: State = 'loading';
  #loaded: Promise<void>;
  #lastTicket = 0;
  #appending = 0;
  /** The append that no other has followed; undefined when all are committed. */
  #lastAppend: Append | undefined = undefined;
  #timer: Timer | undefined = undefined;
  #timerAtMs = never;
  #reloadMs: number = reloadDelayMs.first;

  constructor(options: ShardHostOptions<Core, Record>) {
    this.#options = options;
    this.#core = options.createCore();
    this.#loaded = this.#load();
  }

  /** Resolves when the log has been read, or could not be and will be again. Never rejects. */
  get loaded(): Promise<void> {
    return this.#loaded;
  }

  /**
   * Lets the core act on a request and gives its answer, of this step or a later one; `refuse` makes the answer when
   * the shard cannot serve. With a producer the records go into its transaction, and a newer epoch of it fences this
   * one. Never rejects.
   */
  submit<Reply>(
    act: (core: Core, turn: Turn) => ShardStep<Record, Reply>,
    refuse: Refuse<Reply>,
    producer?: TxnProducer,
  ): Promise<Reply> {
    const refusal = refusals[this.#state] ?? this.#fenceOf(producer);
    if (refusal !== undefined) return Promise.resolve(refuse(refusal));
    return new Promise<Reply>((resolve) => {
      this.#lastTicket += 1;
      this.#waiting.set(this.#lastTicket, { resolve: resolve as Waiting['resolve'], refuse });
      this.#take(act, this.#lastTicket);
    });
  }

  /** Lets the core act on something that nobody waits for, once it has loaded; not at all if it cannot serve then. */
  async run(act: (core: Core, turn: Turn) => Step<Record>): Promise<void> {
    await this.#loaded;
    if (this.#state === 'active') this.#take(act, 0);
  }

  /**
   * Ends a producer's transaction in the log and in the core, as one step. Resolves once the marker is committed, or
   * with why it was not written. Never rejects.
   */
  writeMarker(marker: TxnMarker): Promise<ErrorName> {
    const refusal = refusals[this.#state];
    if (refusal !== undefined) return Promise.resolve(refusal);
    const { log, format } = this.#options;
    try {
      const { error, committed } = log.appendMarker(marker);
      if (error !== 'NONE') return Promise.resolve(error);
      if (format.ended !== undefined) this.#core.replay(format.ended(marker));
      return new Promise<ErrorName>((resolve) => {
        this.#lastTicket += 1;
        this.#waiting.set(this.#lastTicket, { resolve: resolve as Waiting['resolve'], refuse: (why) => why });
        this.#track(committed, [{ ticket: this.#lastTicket, response: 'NONE' satisfies ErrorName }]);
      });
    } catch (error) {
      this.#fail(error);
      return Promise.resolve(refusalFor(error));
    }
  }

  /** Refuses who waits and who comes. */
  close(): void {
    this.#enter('closed');
    this.#disarm();
    this.#refuseAll('NOT_COORDINATOR');
  }

  #fenceOf(producer: TxnProducer | undefined): ErrorName | undefined {
    const error = producer === undefined ? 'NONE' : this.#options.log.checkProducer(producer);
    return error === 'NONE' ? undefined : error;
  }

  #take(act: (core: Core, turn: Turn) => Step<Record>, ticket: number): void {
    const { clock, format } = this.#options;
    const core = this.#core;
    try {
      const step = act(core, { ticket, nowMs: clock.monotonicMs(), wallMs: clock.nowMs() });
      const stored = step.records.length === 0 ? undefined : format.encode(step.records);
      for (const record of step.records) core.replay(record);
      this.#arm(step.wakeAtMs);
      if (stored !== undefined) this.#track(this.#options.log.append(stored), step.answers);
      else if (this.#lastAppend === undefined) this.#deliver(step.answers);
      else this.#lastAppend.answers.push(...step.answers);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Lets answers wait for an append that is under way. */
  #track(committed: Promise<void>, answers: readonly Answer[]): void {
    const append: Append = { answers: [...answers] };
    this.#lastAppend = append;
    this.#appending += 1;
    committed.then(
      () => {
        this.#appending -= 1;
        this.#committed(append);
      },
      (error: unknown) => {
        this.#appending -= 1;
        this.#fail(error);
      },
    );
  }

  #committed(append: Append): void {
    if (this.#lastAppend === append) this.#lastAppend = undefined;
    if (this.#state !== 'active') return;
    this.#reloadMs = reloadDelayMs.first;
    this.#deliver(append.answers);
  }

  #deliver(answers: readonly Answer[]): void {
    for (const { ticket, response } of answers) {
      const waiting = this.#waiting.get(ticket);
      assert(waiting !== undefined, `Nobody waits for answer ${ticket} of ${this.#options.name}`);
      this.#waiting.delete(ticket);
      waiting.resolve(response);
    }
  }

  #refuseAll(error: ErrorName): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { resolve, refuse } of all) resolve(refuse(error));
  }

  #fail(error: unknown): void {
    if (this.#state !== 'active') return;
    this.#options.report.error('shard.failed', { shard: this.#options.name, error });
    this.#enter('failed');
    this.#disarm();
    this.#refuseAll(refusalFor(error));
    this.#reloadLater();
  }

  /** Waits, longer each time, and for the appends that are under way: what they do must be in the log or never will be. */
  #reloadLater(): void {
    const delayMs = this.#reloadMs;
    this.#reloadMs = Math.min(2 * delayMs, reloadDelayMs.max);
    this.#options.timers.after(delayMs, () => {
      if (this.#state === 'closed') return;
      if (this.#appending > 0) this.#reloadLater();
      else this.#loaded = this.#load();
    });
  }

  async #load(): Promise<void> {
    const { log, format, createCore, report, name } = this.#options;
    const core = createCore();
    this.#enter('loading');
    try {
      await log.replay(
        (stored) => {
          const record = this.#decode(stored);
          if (record !== undefined) core.replay(record);
        },
        (end) => {
          if (format.ended !== undefined) core.replay(format.ended(end));
        },
      );
    } catch (error) {
      if (this.#state === 'closed') return;
      report.error('shard.not-loaded', { shard: name, error });
      this.#enter('failed');
      this.#reloadLater();
      return;
    }
    if (this.#state !== 'loading') return;
    this.#core = core;
    this.#lastAppend = undefined;
    this.#enter('active');
    this.#take((loaded, turn) => loaded.loaded(turn), 0);
  }

  /** A record that cannot be read is left out: its batch is intact, so it is of a kind that we do not know. */
  #decode(stored: StoredPair): Record | undefined {
    const { format, report, name } = this.#options;
    try {
      return format.decode(stored);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      report.warn('shard.record-skipped', { shard: name, error });
      return undefined;
    }
  }

  #enter(state: State): void {
    this.#state = state;
  }

  #arm(atMs: number): void {
    if (atMs >= this.#timerAtMs) return;
    const { clock, timers } = this.#options;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = timers.after(atMs - clock.monotonicMs(), () => {
      this.#timer = undefined;
      this.#timerAtMs = never;
      if (this.#state === 'active') this.#take((core, turn) => core.wake(turn), 0);
    });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = never;
  }
}

const refusals: { readonly [S in State]: ErrorName | undefined } = {
  loading: 'COORDINATOR_LOAD_IN_PROGRESS',
  active: undefined,
  failed: 'NOT_COORDINATOR',
  closed: 'NOT_COORDINATOR',
};

/** Too few replicas pass; anything else means that another broker, or this one later, has to take over. */
function refusalFor(error: unknown): ErrorName {
  const kafka = error instanceof CodedError ? error.kafka : undefined;
  switch (kafka) {
    case 'NOT_ENOUGH_REPLICAS':
    case 'NOT_ENOUGH_REPLICAS_AFTER_APPEND':
    case 'REQUEST_TIMED_OUT':
      return 'COORDINATOR_NOT_AVAILABLE';
    default:
      return 'NOT_COORDINATOR';
  }
}
