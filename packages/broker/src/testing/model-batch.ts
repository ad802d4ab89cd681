import {
  baseOffset,
  isControl,
  isTransactional,
  lastOffset,
  partitionLeaderEpoch,
  producerEpoch,
  producerId,
  readEndTxnMarker,
  readRecords,
} from '@nagare/protocol';
import { producerBatchAt } from '../core/partition/producer-batch.ts';

export interface ModelRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string;
  readonly value: string | undefined;
}

export interface ModelBatch {
  readonly base: number;
  readonly last: number;
  readonly epoch: number;
  readonly bytes: Buffer;
  readonly records: readonly ModelRecord[];
}

export function modelOf(batch: Buffer): ModelBatch {
  const records = readRecords(batch).map(({ offset, timestamp, key, value }) => ({
    ...{ offset, timestampMs: timestamp, key: String(key) },
    value: value === null ? undefined : value.toString('latin1'),
  }));
  const [base, last] = [baseOffset(batch), lastOffset(batch)];
  return { base, last, epoch: partitionLeaderEpoch(batch), bytes: Buffer.from(batch), records };
}

/** Batches of transactions that were aborted, by their markers. */
export function abortedAmong(batches: readonly ModelBatch[]): Set<ModelBatch> {
  const open = new Map<number, ModelBatch[]>();
  const aborted = new Set<ModelBatch>();
  for (const batch of batches) {
    const id = producerId(batch.bytes);
    if (!isTransactional(batch.bytes)) continue;
    if (!isControl(batch.bytes)) open.set(id, [...(open.get(id) ?? []), batch]);
    else {
      const isAbort = readEndTxnMarker(batch.bytes)?.type === 'abort';
      if (isAbort) for (const each of open.get(id) ?? []) aborted.add(each);
      open.delete(id);
    }
  }
  return aborted;
}

/** The value of each key that was not aborted; without the keys that were deleted. */
export function fold(batches: readonly ModelBatch[]): Map<string, ModelRecord> {
  const aborted = abortedAmong(batches);
  const values = new Map<string, ModelRecord>();
  for (const batch of batches) {
    if (isControl(batch.bytes) || aborted.has(batch)) continue;
    for (const record of batch.records) {
      if (record.value === undefined) values.delete(record.key);
      else values.set(record.key, record);
    }
  }
  return values;
}

/** What compaction must not change of a batch. */
export function headerOf(batch: Buffer): unknown {
  const { marker: _, timestampMs: __, ...producer } = producerBatchAt(batch, 0);
  return {
    ...producer,
    epoch: partitionLeaderEpoch(batch),
    producerEpoch: producerEpoch(batch),
    isEnd: isControl(batch),
  };
}

/** The producers that have a transaction open. */
export function openIn(batches: readonly ModelBatch[]): Set<number> {
  const open = new Set<number>();
  for (const { bytes } of batches.filter((batch) => isTransactional(batch.bytes))) {
    if (isControl(bytes)) open.delete(producerId(bytes));
    else open.add(producerId(bytes));
  }
  return open;
}
