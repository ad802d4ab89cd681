import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../random.ts';

/** The widest range that `randomInt` draws from. */
const steps = 2 ** 48 - 1;

export const nodeRandom: Random = {
  next: () => randomInt(steps) / steps,
  below: (bound) => randomInt(bound),
  bytes: (length) => randomBytes(length),
};
