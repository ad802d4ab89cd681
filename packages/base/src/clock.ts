/** Tells the time. Cores never hold one: they are given `nowMs`. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970. May jump; for timestamps that are stored or shown. */
  nowMs(): number;
  /** Monotonic time in milliseconds, with fractions, from an arbitrary start. For every timeout and duration. */
  monotonicMs(): number;
}
