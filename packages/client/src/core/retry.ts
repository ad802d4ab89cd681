import type { Random } from '@nagare/base';

export interface BackOff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** Between two tries of a request. */
export const retryBackOff: BackOff = Object.freeze({ initialMs: 100, maxMs: 1_000 });
/** Between two tries to connect. */
export const reconnectBackOff: BackOff = Object.freeze({ initialMs: 50, maxMs: 1_000 });

/** How far from the plain exponential a delay may lie, so that clients that failed together do not return together. */
const jitter = 0.2;

/** How long to wait after `failures` failures in a row (1 or more), in milliseconds. */
export function backOffMs(failures: number, backOff: BackOff, random: Random): number {
  const plain = Math.min(backOff.initialMs * 2 ** Math.min(failures - 1, 30), backOff.maxMs);
  return plain * (1 - jitter + 2 * jitter * random.next());
}
