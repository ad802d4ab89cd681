/**
 * What a core asks its host to do: append the records, then give the answers, then call it again at `wakeAtMs`.
 *
 * A core changes what must survive a restart only in its `replay(record)`; the host calls that for each record of a
 * step before it appends them, and for each record of the log at start.
 */
export interface Step<Record> {
  readonly records: readonly Record[];
  readonly answers: readonly Answer[];
  /** When to call again at the latest, on the clock that the host gives the core as `nowMs`; Infinity for never. */
  readonly wakeAtMs: number;
}

/** The answer to the request that came with `ticket`: perhaps the one of this step, perhaps one that has been waiting. */
export interface Answer {
  readonly ticket: number;
  readonly response: unknown;
}
