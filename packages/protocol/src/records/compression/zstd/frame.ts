import { corrupt } from '../codec.ts';
import { blockBytesMax } from './literals.ts';

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const blockHeaderBytes = 3;

/** A block of a frame, where its content is, and the most that it inflates to. */
export interface Block {
  readonly kind: 'raw' | 'repeated' | 'compressed';
  readonly start: number;
  readonly end: number;
  readonly bytesMax: number;
}

export interface FrameHeader {
  readonly blocksStart: number;
  readonly blockBytesMax: number;
  /** How long the content is, when the frame says it. */
  readonly contentBytes: number | undefined;
  readonly hasChecksum: boolean;
}

function littleEndian(input: Buffer, at: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index += 1) value += input[at + index]! * 2 ** (8 * index);
  return value;
}

/** Where a skippable frame at `at` ends, or undefined when there is none. */
export function skippableEnd(input: Buffer, at: number): number | undefined {
  if (input.length - at < 8 || input.readUInt32LE(at) >>> 4 !== skippableMagic >>> 4) return undefined;
  const end = at + 8 + input.readUInt32LE(at + 4);
  if (end > input.length) throw corrupt('zstd', 'a skippable frame is broken off');
  return end;
}

function windowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

export function readFrameHeader(input: Buffer, start: number): FrameHeader {
  if (input.length - start < 6) throw corrupt('zstd', 'the header is broken off');
  if (input.readUInt32LE(start) !== frameMagic) throw corrupt('zstd', 'the magic number is missing');
  const flags = input[start + 4]!;
  if ((flags & 8) !== 0) throw corrupt('zstd', 'a reserved bit is set');
  const isSingleSegment = (flags & 32) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >>> 6]!;
  const dictionaryAt = start + (isSingleSegment ? 5 : 6);
  const contentSizeAt = dictionaryAt + dictionaryBytes;
  const blocksStart = contentSizeAt + contentSizeBytes;
  if (blocksStart > input.length) throw corrupt('zstd', 'the header is broken off');
  if (littleEndian(input, dictionaryAt, dictionaryBytes) !== 0) throw corrupt('zstd', 'it needs a dictionary');
  const contentSize = littleEndian(input, contentSizeAt, contentSizeBytes) + (contentSizeBytes === 2 ? 256 : 0);
  const window = isSingleSegment ? contentSize : windowBytes(input[start + 5]!);
  return {
    blocksStart,
    blockBytesMax: Math.min(window, blockBytesMax),
    contentBytes: contentSizeBytes === 0 ? undefined : contentSize,
    hasChecksum: (flags & 4) !== 0,
  };
}

/** Calls `visit` with each block in order, and returns where the frame ends. */
export function eachBlock(input: Buffer, header: FrameHeader, visit: (block: Block) => void): number {
  let at = header.blocksStart;
  for (let isLast = false; !isLast; ) {
    if (input.length - at < blockHeaderBytes) throw corrupt('zstd', 'a block header is broken off');
    const word = input.readUIntLE(at, blockHeaderBytes);
    const kind = (['raw', 'repeated', 'compressed'] as const)[(word >>> 1) & 3];
    if (kind === undefined) throw corrupt('zstd', 'the type of a block is unknown');
    const size = word >>> 3;
    const start = at + blockHeaderBytes;
    at = start + (kind === 'repeated' ? 1 : size);
    if (at > input.length) throw corrupt('zstd', 'a block is broken off');
    if (size > header.blockBytesMax) throw corrupt('zstd', `a block of ${size} bytes is too long`);
    visit({ kind, start, end: at, bytesMax: kind === 'compressed' ? header.blockBytesMax : size });
    isLast = (word & 1) === 1;
  }
  const end = at + (header.hasChecksum ? 4 : 0);
  if (end > input.length) throw corrupt('zstd', 'the checksum is broken off');
  return end;
}
