import { type BatchOptions, encodeBatch, setBaseOffset, setPartitionLeaderEpoch } from '@nagare/protocol';

/** A batch for a test; what is left out does not matter to it. */
export interface SampleBatch extends BatchOptions {
  readonly baseOffset?: number;
  readonly leaderEpoch?: number;
  /** Of each record. Default: one record at 1000. */
  readonly timestamps?: readonly number[];
  readonly key?: Buffer | null;
  readonly valueBytes?: number;
}

/** Encodes a batch for a test, as a broker has it in its log. */
export function sampleBatch(sample: SampleBatch = {}): Buffer {
  const { baseOffset = 0, leaderEpoch = 0, timestamps = [1000], key = null, valueBytes = 10, ...options } = sample;
  const value = Buffer.alloc(valueBytes, baseOffset);
  const batch = encodeBatch(
    options,
    timestamps.map((timestamp) => ({ timestamp, key, value })),
  );
  setBaseOffset(batch, baseOffset);
  setPartitionLeaderEpoch(batch, leaderEpoch);
  return batch;
}
