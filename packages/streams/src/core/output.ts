import type { Header } from '../record.ts';

/** A record that a task wants written. */
export interface OutputRecord {
  readonly topic: string;
  /** Undefined: chosen by {@link partitionBy}. */
  readonly partition: number | undefined;
  /** The bytes whose hash chooses the partition; null spreads records over all. */
  readonly partitionBy: Buffer | null;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}
