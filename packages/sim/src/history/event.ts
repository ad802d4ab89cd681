/** Stands for one partition of one topic. */
export type Key = number;
/** What a record holds: a number that is sent once in a run. */
export type Value = number;
export type Offset = number;

/** Offsets by key, as JSON has them. */
export type OffsetsByKey = Readonly<Record<string, Offset>>;
/** Records by key, in the order in which they were read. */
export type ReadsByKey = Readonly<Record<string, readonly (readonly [offset: Offset, value: Value])[]>>;

/** A part of an operation: as it was asked for, and with what came of it. */
export type MicroOperation =
  | readonly ['send', Key, Value]
  /** The offset is null when no acknowledgement came. */
  | readonly ['send', Key, readonly [offset: Offset | null, value: Value]]
  | readonly ['poll']
  | readonly ['poll', ReadsByKey]
  /** Committed offsets: those of the next records to read. */
  | readonly ['commit', OffsetsByKey]
  /** The ends of logs as ListOffsets tells them: for all readers, and for those of committed records. */
  | readonly ['ends', Readonly<Record<string, { readonly latest: Offset; readonly stable: Offset }>>]
  /** Everything before these offsets was deleted. */
  | readonly ['before', OffsetsByKey];

export type OperationKind =
  | 'send'
  | 'poll'
  | 'txn'
  | 'assign'
  | 'subscribe'
  | 'crash'
  | 'listOffsets'
  | 'commit'
  | 'deleteRecords';

/**
 * A line of a history. What a process invokes ends with `ok`, with `fail` only when it certainly had no effect, and
 * otherwise with `info` or not at all; the process then does nothing more.
 */
export interface HistoryEvent {
  /** Counts the events of a run. */
  readonly i: number;
  /** Nanoseconds of monotonic time. */
  readonly t: number;
  readonly proc: number;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: OperationKind;
  readonly mops?: readonly MicroOperation[];
  /** The keys that the process has from now on, of `assign`. */
  readonly keys?: readonly Key[];
  /** Keys that came or went during a poll. */
  readonly rebalanced?: readonly Key[];
  /** Whether polls see committed records alone, or all. */
  readonly iso?: 'rc' | 'ru';
  /** The generation of the group that a commit or an assignment is of. */
  readonly generation?: number;
  readonly err?: string;
}
