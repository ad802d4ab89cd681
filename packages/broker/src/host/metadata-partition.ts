import {
  BatchBuilder,
  isControl,
  lastOffset,
  partitionLeaderEpoch,
  RecordReader,
  setPartitionLeaderEpoch,
  splitBatches,
} from '@nagare/protocol';
import type { StoredPair } from '../core/shard.ts';
import type { MetadataBatch, MetadataLog } from './metadata-log.ts';
import type { PartitionHost } from './partition-host.ts';

const readBytes = 1024 * 1024;

/** The metadata log over a partition: `__cluster_metadata-0`, synced whatever the durability of other topics. */
export class MetadataPartition implements MetadataLog {
  readonly #host: PartitionHost;
  readonly #nowMs: () => number;

  constructor(host: PartitionHost, nowMs: () => number) {
    this.#host = host;
    this.#nowMs = nowMs;
  }

  get endOffset(): number {
    return this.#host.log.endOffset;
  }

  get startOffset(): number {
    return this.#host.log.startOffset;
  }

  async replay(from: number, each: (batch: MetadataBatch) => void): Promise<void> {
    const { log } = this.#host;
    for (let offset = Math.max(from, log.startOffset); offset < log.endOffset; ) {
      const chunks = await log.read({ offset, bytesMax: readBytes, upTo: log.endOffset });
      const batches = chunks.flatMap(splitBatches);
      for (const batch of batches) {
        if (lastOffset(batch) >= from) each(readBatch(batch));
        offset = lastOffset(batch) + 1;
      }
      if (batches.length === 0) return;
    }
  }

  async append(batch: MetadataBatch): Promise<void> {
    const { log, partition } = this.#host;
    if (batch.leaderEpoch > partition.leaderEpoch) {
      partition.becomeLeader(batch.leaderEpoch);
      log.beginEpoch(batch.leaderEpoch);
    }
    const timestamp = this.#nowMs();
    const builder = new BatchBuilder({ isControl: batch.isControl });
    for (const { key, value } of batch.records) builder.append({ timestamp, key, value });
    const built = builder.build();
    setPartitionLeaderEpoch(built, batch.leaderEpoch);
    this.#host.appendBatch(built);
    await this.#host.committed(log.endOffset);
  }

  roll(): void {
    this.#host.log.roll(this.#nowMs());
  }

  deleteBefore(offset: number): void {
    const nowMs = this.#nowMs();
    const { log, partition } = this.#host;
    log.deleteBefore(offset, nowMs);
    log.applyRetention({ nowMs, upTo: partition.highWatermark });
  }
}

/** A batch of the metadata log, or of a snapshot of it. */
export function readBatch(batch: Buffer): MetadataBatch {
  const reader = new RecordReader(batch);
  const records: StoredPair[] = [];
  while (reader.next()) records.push({ key: reader.key(), value: reader.value() });
  return { leaderEpoch: partitionLeaderEpoch(batch), isControl: isControl(batch), records };
}
