import { batchHeaderBytes, batchSize, isCrcValid, splitBatches } from '@nagare/protocol';
import { BrokerError } from '../../errors.ts';
import type { Segment } from '../segment.ts';
import type { SegmentFiles } from '../segment-files.ts';
import type { Tail } from '../tail.ts';

/** What compaction looks at between two pauses, unless one batch is larger. */
const sliceBytes = 256 * 1024;

/** The batches of a closed segment, in slices. Of a log without files its tail is all there is. */
export function sourceBatches(segment: Segment, tail: Tail, endOffset: number): AsyncIterable<readonly Buffer[]> {
  return segment.files === undefined
    ? slicesOfTail(tail, { from: segment.baseOffset, to: endOffset })
    : slicesOfFile(segment.files);
}

async function* slicesOfTail(
  tail: Tail,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<readonly Buffer[]> {
  for (let offset = from; offset < to; ) {
    const slice: Buffer[] = [];
    let bytes = 0;
    for (const batch of tail.from(offset)) {
      if (batch.baseOffset >= to || bytes > sliceBytes) break;
      slice.push(batch.bytes);
      bytes += batch.bytes.length;
      offset = batch.lastOffset + 1;
    }
    if (slice.length === 0) return;
    yield slice;
  }
}

async function* slicesOfFile(files: SegmentFiles): AsyncGenerator<readonly Buffer[]> {
  try {
    for (let position = 0; position < files.writtenBytes; ) {
      const batches = await sliceAt(files, position);
      for (const batch of batches) position += batch.length;
      yield batches;
    }
  } finally {
    if (files.isSealed) await files.close();
  }
}

/** At least one batch. */
async function sliceAt(files: SegmentFiles, position: number): Promise<Buffer[]> {
  const left = files.writtenBytes - position;
  let bytes = await files.read(position, Math.min(sliceBytes, left));
  const size = bytes.length < batchHeaderBytes ? 0 : batchSize(bytes);
  if (size < batchHeaderBytes || size > left) throw corrupt(files, position);
  if (size > bytes.length) bytes = await files.read(position, size);
  const batches = splitBatches(bytes);
  // What is copied gets a new checksum: it must not be made right for bytes that are wrong.
  if (batches.length === 0 || !batches.every((batch) => isCrcValid(batch))) throw corrupt(files, position);
  return batches;
}

function corrupt({ logPath }: SegmentFiles, position: number): BrokerError {
  return new BrokerError('NAGARE_BROKER_LOG_CORRUPT', `${logPath} at byte ${position}`);
}
