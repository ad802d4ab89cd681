import { batchHeaderBytes, batchSize, currentMagic, lastOffset, magic } from '@nagare/protocol';
import { BrokerError } from '../errors.ts';
import type { ReadRange } from './tail.ts';

/** Where batches are read from. */
export interface ByteSource {
  readonly logPath: string;
  read(position: number, length: number): Promise<Buffer>;
}

/** How much a scan reads at once. */
const scanBytes = 1024 ** 2;
/** What is read beyond the bytes asked for, because an index leads near the first batch, not to it. */
const slackBytes = 16 * 1024;

/**
 * Shows `visit` each whole batch between two positions of a segment; it stops the scan by returning false. Returns
 * where the scan stopped: at the batch that was refused, at bytes that cannot be a batch, or at the end.
 */
export async function scanBatches(
  source: ByteSource,
  range: { readonly from: number; readonly to: number },
  visit: (buffer: Buffer, at: number, position: number) => boolean,
): Promise<number> {
  let position = range.from;
  let unread = 0;
  while (range.to - position >= batchHeaderBytes) {
    const asked = Math.min(Math.max(scanBytes, unread), range.to - position);
    const buffer = await source.read(position, asked);
    let at = 0;
    unread = 0;
    while (buffer.length - at >= batchHeaderBytes && unread === 0) {
      const size = batchSize(buffer, at);
      const mayBeBatch = magic(buffer, at) === currentMagic && size >= batchHeaderBytes;
      if (!mayBeBatch || size > range.to - position - at) return position + at;
      if (size > buffer.length - at) unread = size;
      else if (visit(buffer, at, position + at)) at += size;
      else return position + at;
    }
    if (at === 0 && (buffer.length < asked || unread <= buffer.length)) return position;
    position += at;
  }
  return position;
}

/** Where a batch starts, and the offset that it holds or comes after: whoever asks for that offset finds it there. */
export interface BatchPlace {
  readonly offset: number;
  readonly position: number;
}

/** Batches of a segment, and what stands behind them. */
export interface FoundBatches {
  readonly chunks: Buffer[];
  readonly next: BatchPlace | undefined;
}

/** Where a search for batches begins and ends. An exact beginning is the place of the batch that is looked for. */
export interface SearchBounds {
  readonly from: number;
  readonly to: number;
  readonly isExact: boolean;
}

/** Reads the batches of a range from one segment. Undefined when the segment has no batch at or behind the offset. */
export async function readBatches(
  source: ByteSource,
  range: ReadRange,
  { from, to, isExact }: SearchBounds,
): Promise<FoundBatches | undefined> {
  const lengthMax = isExact ? Math.max(range.bytesMax, slackBytes) : range.bytesMax + slackBytes;
  let position = from;
  let buffer = await source.read(position, Math.min(lengthMax, to - position));
  let first = 0;
  for (;;) {
    if (buffer.length - first < batchHeaderBytes) {
      position += first;
      first = 0;
      if (to - position < batchHeaderBytes) return undefined;
      buffer = await source.read(position, Math.min(lengthMax, to - position));
      if (buffer.length < batchHeaderBytes) return undefined;
    }
    if (lastOffset(buffer, first) >= range.offset) break;
    first += sizeOf(source, buffer, first);
  }
  const size = sizeOf(source, buffer, first);
  const last = lastOffset(buffer, first);
  if (last >= range.upTo) return { chunks: [], next: undefined };
  if (size > buffer.length - first) {
    const next = { offset: last + 1, position: position + first + size };
    return { chunks: [await source.read(position + first, size)], next };
  }
  const { end, offset } = endOfRange(source, buffer, first, range);
  return { chunks: [buffer.subarray(first, end)], next: { offset, position: position + end } };
}

/** Where the whole batches end that fit into the range, the first of which is already known to belong to it. */
function endOfRange(source: ByteSource, buffer: Buffer, first: number, { bytesMax, upTo }: ReadRange) {
  let last = first;
  let end = first + sizeOf(source, buffer, first);
  while (buffer.length - end >= batchHeaderBytes && lastOffset(buffer, end) < upTo) {
    const next = end + sizeOf(source, buffer, end);
    if (next - first > bytesMax || next > buffer.length) break;
    last = end;
    end = next;
  }
  return { end, offset: lastOffset(buffer, last) + 1 };
}

/** A size below that of a header would hold a search for ever. */
function sizeOf(source: ByteSource, buffer: Buffer, at: number): number {
  const size = batchSize(buffer, at);
  if (size < batchHeaderBytes)
    throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', `a batch of ${size} bytes in ${source.logPath}`);
  return size;
}
