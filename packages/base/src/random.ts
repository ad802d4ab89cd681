/** Gives random numbers. Seeded in tests and simulation, from the operating system otherwise. */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** `length` random bytes, for ids and salts. */
  bytes(length: number): Buffer;
}
