import type { Product } from '@nagare/tests/tools/broker';
import { nagareExists } from '@nagare/tests/tools/nagare';

/** What a run of the macro benchmarks measures, and how often. */
export interface BenchOptions {
  readonly repetitions: number;
  /** Records of 100 bytes per run; half as many of 1 KiB. */
  readonly records: number;
  /** The brokers, the one to compare with first. */
  readonly products: readonly Product[];
  /** Which rows of a suite are measured: those whose names it matches. */
  readonly rows: RegExp;
  /** Whether a suite measures every combination rather than each circumstance by itself. */
  readonly isFull: boolean;
}

/** Whether a run measures all that it can: only then its results are worth keeping. */
export function isComplete({ products, rows }: BenchOptions): boolean {
  return products.length > 1 && rows.source === everyRow.source;
}

/** The choice of rows when none is asked for. */
export const everyRow = /(?:)/;

/** Apache Kafka and, where it can be started, our own broker. */
export function allProducts(): readonly Product[] {
  return nagareExists() ? ['kafka', 'nagare'] : ['kafka'];
}

/** The contenders in an order that changes with every repetition, so that none always runs on a warmer machine. */
export function inTurn<T>(contenders: readonly T[], repetition: number): T[] {
  return repetition % 2 === 0 ? [...contenders] : [...contenders].reverse();
}

/** Settings that make both brokers promise the same: an answer once the operating system has the bytes. */
export const likeWithLike: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kafka: {},
  nagare: { 'nagare.durability': 'os' },
};
