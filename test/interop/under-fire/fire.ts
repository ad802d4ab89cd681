import { seededRandom } from '@nagare/base';

/** What goes wrong: a process is killed, the same with its state lost, a process is stopped until it is given up, the broker is killed. */
export type Shot = 'kill' | 'wipe' | 'zombie' | 'broker';

/** When one of them happens: while a slice of the load is sent, after some records of it, looked for at some interval. */
export interface Moment {
  readonly shot: Shot;
  readonly slice: number;
  readonly instance: number;
  readonly part: number;
  readonly everyMs: number;
}

const round: readonly Shot[] = ['kill', 'broker', 'zombie', 'kill', 'wipe', 'broker'];

/** Draws moments all over the load: no step of a transaction is safe from them. */
export function drawMoments(given: {
  readonly shots: number;
  readonly slices: number;
  readonly instances: number;
  readonly seed: string;
}): readonly Moment[] {
  const { shots, slices, instances, seed } = given;
  const random = seededRandom(`fire ${seed}`);
  return Array.from({ length: shots }, (_, at) => ({
    shot: round[at % round.length] as Shot,
    slice: Math.floor(((at + random.next()) / shots) * slices),
    instance: random.below(instances),
    part: random.next(),
    everyMs: 1 + random.below(100),
  }));
}
