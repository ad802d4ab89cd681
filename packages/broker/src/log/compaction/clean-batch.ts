import {
  BatchBuilder,
  baseOffset,
  baseTimestamp,
  type ConsumedRecord,
  encodeEmptyBatch,
  hasDeleteHorizon,
  isControl,
  lastOffset,
  maxTimestamp,
  producerEpoch,
  producerId,
  readBatchHeader,
  readRecords,
  recordCount,
} from '@nagare/protocol';
import type { EndedTxn } from '../../core/partition/open-transactions.ts';
import type { ProducerEntry } from '../../core/partition/producer-entry.ts';
import { openRecords } from '../open-records.ts';
import type { CleanedTransactions } from './cleaned-transactions.ts';
import type { KeyOffsets } from './key-offsets.ts';

/** What one round of compaction goes by. */
export interface CleanRound {
  readonly keys: KeyOffsets;
  /** Batches from here on stay as they are. */
  readonly endOffset: number;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  readonly transactions: CleanedTransactions;
  /** A batch whose records inflate to more stays as it is. */
  readonly inflatedBytesMax: number;
  readonly producers: { get(producerId: number): ProducerEntry | undefined };
}

/** What is left of a batch. */
export interface CleanedBatch {
  /** The batch itself when nothing changes; undefined when nothing is left. */
  readonly batch: Buffer | undefined;
  /** The aborted transaction that ends with this batch, of which there was data. */
  readonly aborted?: EndedTxn | undefined;
}

/**
 * Decides what stays of a batch: of each key its newest record, tombstones and markers until their time has come, and of
 * the batches that producers are known by at least the header.
 *
 * @param mustStay - Whether the offsets of the batch must not be lost, whatever becomes of its records.
 */
export function cleanBatch(batch: Buffer, round: CleanRound, mustStay: boolean): CleanedBatch {
  if (baseOffset(batch) >= round.endOffset) return asItIs(batch, round);
  const left = isControl(batch) ? cleanMarker(batch, round) : { batch: cleanRecords(batch, round) };
  if (left.batch !== undefined || !(mustStay || keepsProducer(batch, round))) return left;
  // A marker without its record would not tell the epoch any more.
  const isBare = isControl(batch) || recordCount(batch) === 0;
  return { ...left, batch: isBare ? batch : encodeEmptyBatch(batch) };
}

/** Whether a start would know a producer by this batch: its last sequences, or its epoch if it wrote nothing in it. */
function keepsProducer(batch: Buffer, { producers }: CleanRound): boolean {
  const entry = producers.get(producerId(batch));
  if (entry === undefined) return false;
  if (entry.batches.length === 0) return isControl(batch) && producerEpoch(batch) === entry.epoch;
  return entry.batches.some((each) => each.lastOffset === lastOffset(batch));
}

function asItIs(batch: Buffer, { transactions }: CleanRound): CleanedBatch {
  return isControl(batch) ? { batch, aborted: transactions.abortedBy(batch) } : { batch };
}

function cleanMarker(batch: Buffer, round: CleanRound): CleanedBatch {
  const { isOfNothing, aborted } = round.transactions.endAt(batch);
  if (recordCount(batch) === 0) return { batch: undefined };
  if (!isOfNothing) return { batch, aborted };
  // Readers may be on their way through data that is gone by now: they find its end for a while.
  if (!hasDeleteHorizon(batch)) return { batch: rebuild(batch, readRecords(batch), horizonOf(round)) };
  return { batch: round.nowMs >= baseTimestamp(batch) ? undefined : batch };
}

function cleanRecords(batch: Buffer, round: CleanRound): Buffer | undefined {
  if (round.transactions.isAborted(batch) || recordCount(batch) === 0) return undefined;
  const horizonMs = hasDeleteHorizon(batch) ? baseTimestamp(batch) : undefined;
  const keepsTombstones = horizonMs === undefined || round.nowMs < horizonMs;
  const kept: ConsumedRecord[] = [];
  let hasTombstones = false;
  const reader = openRecords(batch, round.inflatedBytesMax);
  if (reader === undefined) return batch;
  while (reader.next()) {
    const key = reader.key();
    const isTombstone = reader.valueLength < 0;
    if (key === null || reader.offset < (round.keys.get(key) ?? 0) || (isTombstone && !keepsTombstones)) continue;
    hasTombstones ||= isTombstone;
    kept.push({
      offset: reader.offset,
      timestamp: reader.timestamp,
      key,
      value: reader.value(),
      headers: reader.headers(),
    });
  }
  if (kept.length === 0) return undefined;
  const needsHorizon = hasTombstones && horizonMs === undefined;
  if (kept.length === recordCount(batch) && !needsHorizon) return batch;
  return rebuild(batch, kept, needsHorizon ? horizonOf(round) : horizonMs);
}

function horizonOf({ nowMs, deleteRetentionMs }: CleanRound): number {
  return Math.min(nowMs + deleteRetentionMs, Number.MAX_SAFE_INTEGER);
}

/** The batch with fewer records, or another horizon; all that it says of itself stays. */
function rebuild(batch: Buffer, records: readonly ConsumedRecord[], deleteHorizonMs: number | undefined): Buffer {
  const header = readBatchHeader(batch);
  const builder = new BatchBuilder({
    ...header,
    deleteHorizonMs,
    ...(header.isLogAppendTime ? { logAppendTimeMs: maxTimestamp(batch) } : {}),
  });
  for (const record of records) builder.append(record, record.offset - header.baseOffset);
  return builder.build();
}
