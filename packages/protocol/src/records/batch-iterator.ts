import { ProtocolError } from '../protocol-error.ts';
import {
  attributes,
  batchHeaderBytes,
  batchLengthOverhead,
  batchSize,
  currentMagic,
  isCrcValid,
  lastOffsetDelta,
  magic,
  recordCount,
} from './batch-header.ts';
import { compressionTypeOf } from './compression/registry.ts';

/** The shortest message of any format: one of magic 0 with neither key nor value. */
const messageBytesMin = batchLengthOverhead + 14;

/** Where the batch at `at` ends, or -1 when it is not whole: a fetch may cut its last batch off. */
export function batchEnd(buffer: Buffer, at: number): number {
  if (buffer.length - at < batchLengthOverhead) return -1;
  const size = batchSize(buffer, at);
  if (size < messageBytesMin) throw new ProtocolError('corrupt', `A batch cannot have ${size} bytes`);
  return size > buffer.length - at ? -1 : at + size;
}

/** Cuts fetched bytes into batches, without a copy. What is left of a batch that was cut off at the end is dropped. */
export function splitBatches(buffer: Buffer): Buffer[] {
  const batches: Buffer[] = [];
  let at = 0;
  for (let end = batchEnd(buffer, at); end >= 0; end = batchEnd(buffer, at)) {
    batches.push(buffer.subarray(at, end));
    at = end;
  }
  return batches;
}

/**
 * What is wrong with a batch: `length`, it does not fill its bytes exactly; `magic`, it is of another format; `codec`,
 * its compression is unknown; `crc`, its bytes were changed; `count`, its record count and offsets do not fit.
 */
export type BatchFault = 'length' | 'magic' | 'codec' | 'crc' | 'count';

/**
 * Checks that the `length` bytes at `at` are exactly one batch that a producer may send. The records are not looked at.
 *
 * @returns What is wrong, or undefined.
 */
export function checkBatch(buffer: Buffer, at: number, length: number): BatchFault | undefined {
  if (length > buffer.length - at || length <= batchLengthOverhead + 4) return 'length';
  if (magic(buffer, at) !== currentMagic) return 'magic';
  if (length < batchHeaderBytes || batchSize(buffer, at) !== length) return 'length';
  if (!isCrcValid(buffer, at)) return 'crc';
  if (compressionTypeOf(attributes(buffer, at) & 7) === undefined) return 'codec';
  const count = recordCount(buffer, at);
  return count > 0 && lastOffsetDelta(buffer, at) === count - 1 ? undefined : 'count';
}
