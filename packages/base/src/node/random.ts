import { randomBytes, randomFillSync, randomInt } from 'node:crypto';
import type { Random } from '../random.ts';

/** The widest range that `randomInt` draws from. */
const steps = 2 ** 48 - 1;

/** Short pieces come out of a larger one: each call to the system's generator costs as much as thousands of bytes. */
const pool = Buffer.alloc(4096);
const pooledBytesMax = 64;
let poolAt = pool.length;

function bytes(length: number): Buffer {
  if (length > pooledBytesMax) return randomBytes(length);
  if (poolAt + length > pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const piece = Buffer.from(pool.subarray(poolAt, poolAt + length));
  poolAt += length;
  return piece;
}

export const nodeRandom: Random = {
  next: () => randomInt(steps) / steps,
  below: (bound) => randomInt(bound),
  bytes,
};
