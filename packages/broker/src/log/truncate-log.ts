import { batchSize, lastOffset, maxTimestamp } from '@nagare/protocol';
import { replayBatch } from '../core/partition/producer-batch.ts';
import type { ProducerState } from '../core/partition/producer-state.ts';
import { scanBatches } from './batch-scan.ts';
import type { LogFiles } from './log-files.ts';
import { listSnapshots } from './log-folder.ts';
import { ProducerLoader } from './producer-loader.ts';
import type { Segment } from './segment.ts';
import type { Tail } from './tail.ts';
import { TxnIndex } from './txn-index.ts';

/** What a truncation works on. The tail ends before the offset already. */
export interface Truncation {
  readonly offset: number;
  /** Of the log: it does not end before that, even if the first batch that goes began there. */
  readonly startOffset: number;
  readonly files: LogFiles | undefined;
  readonly tail: Tail;
  readonly producers: ProducerState;
  readonly indexIntervalBytes: number;
}

/** Cuts the list of segments, and their files, off at an offset. Returns where the log ends then. */
export async function truncateSegments(segments: Segment[], truncation: Truncation): Promise<number> {
  const { offset, startOffset, files } = truncation;
  const last = Math.max(
    0,
    segments.findLastIndex((segment) => segment.baseOffset <= offset),
  );
  const dropped = segments.splice(last + 1);
  if (files === undefined) return Math.max(truncateInMemory(segments, truncation), startOffset);
  let endOffset = segments[last]!.baseOffset;
  await files.exclusively(async () => {
    for (const segment of dropped) await files.dropNow(segment.files!);
    endOffset = await truncateFiles(segments[last]!, truncation);
    const loader = new ProducerLoader(files.disk, await listSnapshots(files.disk, files.directory));
    await loader.load(truncation.producers, segments, endOffset);
    await loader.removeStray(segments, endOffset);
    endOffset = Math.max(endOffset, startOffset);
    files.truncated(endOffset);
  });
  return endOffset;
}

function truncateInMemory(segments: readonly Segment[], truncation: Truncation): number {
  const { offset, tail, producers, indexIntervalBytes } = truncation;
  const segment = segments.at(-1)!;
  let endOffset = segment.baseOffset;
  segment.reset();
  segment.aborted!.truncateTo(offset);
  for (const { lastOffset: last, bytes } of tail.from(segment.baseOffset)) {
    segment.add({ lastOffset: last, timestampMs: maxTimestamp(bytes), bytes: bytes.length }, indexIntervalBytes);
    endOffset = last + 1;
  }
  producers.restore([], segments[0]!.baseOffset);
  for (const { bytes } of tail.from(0)) replayBatch(producers, bytes, 0);
  return endOffset;
}

async function truncateFiles(segment: Segment, { offset, indexIntervalBytes }: Truncation): Promise<number> {
  const files = segment.files!;
  let endOffset = segment.baseOffset;
  segment.reset();
  segment.aborted ??= (await files.loadAborted()) ?? new TxnIndex();
  segment.aborted.truncateTo(offset);
  const end = await scanBatches(files, { from: 0, to: files.writtenBytes }, (buffer, at) => {
    const last = lastOffset(buffer, at);
    if (last >= offset) return false;
    segment.add(
      { lastOffset: last, timestampMs: maxTimestamp(buffer, at), bytes: batchSize(buffer, at) },
      indexIntervalBytes,
    );
    endOffset = last + 1;
    return true;
  });
  files.isSealed = false;
  if (files.isThere) {
    await files.truncate(end);
    await files.writeIndexes(segment.indexes!, { isWhole: true });
    await files.writeAborted(segment.aborted);
  }
  return endOffset;
}
