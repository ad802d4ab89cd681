import type { StoredPair } from '../core/shard.ts';

/** One batch of `__cluster_metadata`. */
export interface MetadataBatch {
  readonly leaderEpoch: number;
  /** Whether it belongs to the quorum's protocol rather than to the metadata. */
  readonly isControl: boolean;
  readonly records: readonly StoredPair[];
}

/** The log of the metadata, as the controller sees it. */
export interface MetadataLog {
  /** The offset after the last record. */
  readonly endOffset: number;
  /** Calls `each` for every batch, oldest first. */
  replay(each: (batch: MetadataBatch) => void): Promise<void>;
  /** Appends a batch. Resolves when no crash can lose it; after a rejection the log must not be used again. */
  append(batch: MetadataBatch): Promise<void>;
}

/** A log that lives as long as the process. */
export class MemoryMetadataLog implements MetadataLog {
  readonly #batches: MetadataBatch[] = [];
  #endOffset = 0;

  get endOffset(): number {
    return this.#endOffset;
  }

  async replay(each: (batch: MetadataBatch) => void): Promise<void> {
    this.#batches.forEach(each);
  }

  async append(batch: MetadataBatch): Promise<void> {
    this.#batches.push(batch);
    this.#endOffset += batch.records.length;
  }
}
