import { seededRandom } from '@nagare/base';
import type { Payment } from './topology.ts';

export interface CardPayment extends Payment {
  readonly card: string;
  readonly paidAtMs: number;
}

const opensMs = Date.UTC(2025, 2, 3, 9);
const minuteMs = 60_000;
const cards = Array.from({ length: 40 }, (_, index) => `card-${String(index + 1).padStart(2, '0')}`);

/** A morning of ordinary payments with three frauds among them. */
export function payments(seed: number): CardPayment[] {
  const random = seededRandom(seed);
  const ordinary = Array.from({ length: 540 }, (_, index) => ({
    card: cards[random.below(cards.length)] as string,
    cents: 300 + random.below(6_000),
    country: 'PT',
    paidAtMs: opensMs + index * 20_000,
  }));
  const frauds = [
    // Somebody found a card, and tries what it is good for before its owner notices.
    ...Array.from({ length: 9 }, (_, index) => paid('card-07', 31 + index / 3, 4_900, 'PT')),
    paid('card-13', 62, 48_000, 'PT'),
    paid('card-13', 65, 79_900, 'PT'),
    // The same card in two countries within half a minute.
    paid('card-22', 103.5, 2_500, 'PT'),
    paid('card-22', 104, 12_000, 'JP'),
  ];
  return [...ordinary, ...frauds].sort((a, b) => a.paidAtMs - b.paidAtMs);
}

function paid(card: string, minute: number, cents: number, country: string): CardPayment {
  return { card, cents, country, paidAtMs: opensMs + minute * minuteMs };
}
