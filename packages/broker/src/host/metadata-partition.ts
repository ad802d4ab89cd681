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

  async replay(each: (batch: MetadataBatch) => void): Promise<void> {
    const { log } = this.#host;
    for (let offset = log.startOffset; offset < log.endOffset; ) {
      const chunks = await log.read({ offset, bytesMax: readBytes, upTo: log.endOffset });
      const batches = chunks.flatMap(splitBatches);
      for (const batch of batches) offset = replayBatch(batch, each);
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
}

function replayBatch(batch: Buffer, each: (batch: MetadataBatch) => void): number {
  const reader = new RecordReader(batch);
  const records: StoredPair[] = [];
  while (reader.next()) records.push({ key: reader.key(), value: reader.value() });
  each({ leaderEpoch: partitionLeaderEpoch(batch), isControl: isControl(batch), records });
  return lastOffset(batch) + 1;
}
