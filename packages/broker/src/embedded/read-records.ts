import {
  isControl,
  lastOffset,
  prepareCompression,
  producerId,
  type RecordHeader,
  RecordReader,
  splitBatches,
} from '@nagare/protocol';
import { abortedWithin } from '../host/aborted-within.ts';
import type { PartitionHost } from '../host/partition-host.ts';

/** A record as it stands in the log. */
export interface StoredMessage {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export interface ReadRange {
  /** The first offset. */
  readonly from: number;
  readonly isReadCommitted: boolean;
}

const readBytes = 1024 * 1024;

/** Every record of a partition from an offset on, as consumers get them: without markers, and without what was aborted. */
export async function readPartition(
  host: PartitionHost,
  { from, isReadCommitted }: ReadRange,
): Promise<StoredMessage[]> {
  await prepareCompression(['zstd']);
  const { log, partition } = host;
  const upTo = isReadCommitted ? partition.lastStableOffset : partition.highWatermark;
  const start = Math.max(from, log.startOffset);
  const messages: StoredMessage[] = [];
  for (let offset = start; offset < upTo; ) {
    const chunks = await log.read({ offset, bytesMax: readBytes, upTo });
    const aborted = isReadCommitted ? await abortedWithin(log, offset, chunks) : [];
    const batches = chunks.flatMap(splitBatches);
    for (const batch of batches) {
      const end = lastOffset(batch);
      offset = end + 1;
      const isAborted = aborted.some(
        (txn) => txn.producerId === producerId(batch) && txn.firstOffset <= end && end <= txn.lastOffset,
      );
      if (!isControl(batch) && !isAborted) append(messages, { batch, partition: host.index, from: start });
    }
    if (batches.length === 0) break;
  }
  return messages;
}

function append(
  messages: StoredMessage[],
  { batch, partition, from }: { readonly batch: Buffer; readonly partition: number; readonly from: number },
): void {
  const reader = new RecordReader(batch);
  while (reader.next()) {
    if (reader.offset < from) continue;
    const { offset, timestamp: timestampMs } = reader;
    messages.push({
      partition,
      offset,
      timestampMs,
      key: reader.key(),
      value: reader.value(),
      headers: reader.headers(),
    });
  }
}
