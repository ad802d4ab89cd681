import { inTurn } from '../options.ts';
import { type Contender, contenders, type Guarantee, whyAbsent } from './contenders.ts';

/** One run of an application. */
export interface Turn {
  readonly contender: Contender;
  readonly guarantee: Guarantee;
}

/** Who runs a row when. */
export function turnsOf(row: string, guarantees: readonly Guarantee[], repetitions: number): Turn[] {
  const present = contenders.filter((contender) => whyAbsent(contender, row) === undefined);
  return guarantees.flatMap((guarantee) =>
    Array.from({ length: repetitions }, (_, repetition) => inTurn(present, repetition)).flatMap((inOrder) =>
      inOrder.map((contender) => ({ contender, guarantee })),
    ),
  );
}

/** Says before each run which one it is, and how long all of them may still take. */
export class Progress {
  readonly #turns: number;
  readonly #startMs = performance.now();
  #done = 0;

  constructor(turns: number) {
    this.#turns = turns;
  }

  next(what: string): void {
    const minutes = (performance.now() - this.#startMs) / 60_000;
    const left =
      this.#done === 0 ? '' : `, about ${Math.ceil((minutes / this.#done) * (this.#turns - this.#done))} to go`;
    this.#done += 1;
    console.log(`run ${this.#done} of ${this.#turns}, after ${Math.floor(minutes)} minutes${left}: ${what}`);
  }
}
