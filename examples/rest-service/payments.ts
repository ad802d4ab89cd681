import { seededRandom } from '@nagare/base';
import type { Payment } from './topology.ts';

export interface AccountPayment extends Payment {
  readonly account: string;
  readonly madeAtMs: number;
}

export const owners = ['alice', 'bob', 'carol', 'dave', 'erin'];
const startMs = Date.UTC(2025, 6, 1, 9);
const intervalMs = 30_000;

/** Five hours of payments, of everybody's account. */
export function payments(seed: number): AccountPayment[] {
  const random = seededRandom(seed);
  return Array.from({ length: 600 }, (_, index) => ({
    account: owners[random.below(owners.length)] as string,
    cents: random.below(20_000) - 8_000,
    madeAtMs: startMs + index * intervalMs,
  }));
}
