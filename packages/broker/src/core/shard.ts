import type { Step } from './step.ts';

/** What a host tells a core with each request: who asks, and when. */
export interface Turn {
  /** Names the request in the answers; 0 when nobody waits for one. */
  readonly ticket: number;
  /** Monotonic time in milliseconds, for every timeout. */
  readonly nowMs: number;
  /** Wall-clock time in milliseconds since 1970, for what is stored. */
  readonly wallMs: number;
}

declare const replyType: unique symbol;

/** A step with the type of the answer that its own ticket gets, now or in a later step. */
export interface ShardStep<Record, Reply> extends Step<Record> {
  readonly [replyType]?: Reply;
}

/** A state machine whose lasting state is the fold of its log. */
export interface ShardCore<Record> {
  /** The only method that changes what a restart must remember. */
  replay(record: Record): void;
  /** Called once, after the last record of the log. */
  loaded(turn: Turn): Step<Record>;
  /** Called when the time of the last step's `wakeAtMs` has come, or sooner. */
  wake(turn: Turn): Step<Record>;
}

/** Who writes records in a transaction. */
export interface TxnProducer {
  readonly id: number;
  readonly epoch: number;
}

/** A record of a log as it is stored. */
export interface StoredPair {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** The producer in whose transaction the record stands: it counts once a marker has committed that. */
  readonly producer?: TxnProducer;
}

/** The end of a producer's transaction, as a log tells of it. */
export interface TxnEnd {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly isCommit: boolean;
}
