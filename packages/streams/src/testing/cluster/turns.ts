import { type Random, seededRandom } from '@nagare/base';

/** Whose turn it is: one after the other, or whoever a seed chooses. */
export class Turns {
  readonly #random: Random | undefined;
  #last: string | undefined;

  constructor(seed: number | string | undefined) {
    this.#random = seed === undefined ? undefined : seededRandom(seed);
  }

  /**
   * Chooses one of those that are ready.
   *
   * @param ready - At least one, in an order that is always the same.
   */
  next<T extends { readonly id: string }>(ready: readonly T[]): T {
    const chosen = this.#random === undefined ? this.#after(ready) : ready[this.#random.below(ready.length)];
    this.#last = (chosen as T).id;
    return chosen as T;
  }

  #after<T extends { readonly id: string }>(ready: readonly T[]): T | undefined {
    const last = this.#last;
    return (last === undefined ? undefined : ready.find(({ id }) => id > last)) ?? ready[0];
  }
}
