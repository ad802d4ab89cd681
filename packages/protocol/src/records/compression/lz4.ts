import { loadOptional } from '@nagare/base';
import { type CompressionCodec, corrupt, tooLarge } from './codec.ts';
import { decodeLz4Block, encodeLz4Block, lz4Bound, measureLz4Block } from './lz4-block.ts';

/** What the native package gives for the frame format. */
export interface NativeLz4 {
  compressFrameSync(input: Buffer): Buffer;
  decompressFrameSync(input: Buffer): Buffer;
}

const frameMagic = 0x184d2204;
/** Magic, version 1 with independent blocks, blocks of 64 KiB, and the checksum that belongs to these two bytes. */
const frameHeader = Buffer.from('04224d18604082', 'hex');
const frameBlockBytes = 65_536;
const storedBit = 0x8000_0000;

interface Frame {
  readonly blocksStart: number;
  readonly blockBytesMax: number;
  readonly hasBlockChecksums: boolean;
  readonly areBlocksLinked: boolean;
  readonly hasContentChecksum: boolean;
}

function readFrameHeader(input: Buffer): Frame {
  if (input.length < 7) throw corrupt('lz4', 'the header is broken off');
  if (input.readUInt32LE(0) !== frameMagic) throw corrupt('lz4', 'the magic number is missing');
  const flags = input[4]!;
  if (flags >>> 6 !== 1) throw corrupt('lz4', `version ${flags >>> 6} is unknown`);
  const blockCode = (input[5]! >>> 4) & 7;
  if (blockCode < 4) throw corrupt('lz4', `block size ${blockCode} is unknown`);
  const hasContentSize = (flags & 8) !== 0;
  const hasDictionary = (flags & 1) !== 0;
  if (hasDictionary) throw corrupt('lz4', 'it needs a dictionary');
  return {
    blocksStart: hasContentSize ? 15 : 7,
    blockBytesMax: 1 << (8 + 2 * blockCode),
    hasBlockChecksums: (flags & 16) !== 0,
    areBlocksLinked: (flags & 32) === 0,
    hasContentChecksum: (flags & 4) !== 0,
  };
}

/** Calls `visit` with the bounds of each block and returns where the frame ends. */
function eachBlock(
  input: Buffer,
  frame: Frame,
  visit: (start: number, end: number, isStored: boolean) => void,
): number {
  let at = frame.blocksStart;
  for (;;) {
    if (input.length - at < 4) throw corrupt('lz4', 'the end mark is missing');
    const word = input.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const length = word % storedBit;
    if (length > frame.blockBytesMax) throw corrupt('lz4', `a block of ${length} bytes is too long`);
    if (length > input.length - at) throw corrupt('lz4', 'a block is broken off');
    visit(at, at + length, word >= storedBit);
    at += length + (frame.hasBlockChecksums ? 4 : 0);
  }
  const end = at + (frame.hasContentChecksum ? 4 : 0);
  if (end > input.length) throw corrupt('lz4', 'the checksum is missing');
  return end;
}

function measure(input: Buffer, frame: Frame, bytesMax: number): { bytes: number; end: number } {
  let bytes = 0;
  const end = eachBlock(input, frame, (start, blockEnd, isStored) => {
    const blockBytes = isStored ? blockEnd - start : measureLz4Block(input, start, blockEnd);
    if (blockBytes > frame.blockBytesMax) throw corrupt('lz4', 'a block inflates to more than its frame allows');
    bytes += blockBytes;
    if (bytes > bytesMax) throw tooLarge('lz4', bytesMax);
  });
  return { bytes, end };
}

function decode(input: Buffer, frame: Frame, bytes: number): Buffer {
  const output = Buffer.allocUnsafeSlow(bytes);
  let to = 0;
  eachBlock(input, frame, (start, end, isStored) => {
    if (isStored) {
      to += input.copy(output, to, start, end);
      return;
    }
    const window = { output, start: frame.areBlocksLinked ? 0 : to, end: bytes };
    to = decodeLz4Block(input, start, end, window, to);
  });
  return output;
}

function decompressNative(input: Buffer, native: NativeLz4): Buffer {
  try {
    return native.decompressFrameSync(input);
  } catch (cause) {
    throw corrupt('lz4', (cause as Error).message, cause);
  }
}

function compressFrame(input: Buffer): Buffer {
  const blocks = Math.ceil(input.length / frameBlockBytes);
  const output = Buffer.allocUnsafeSlow(frameHeader.length + lz4Bound(input.length) + blocks * (4 + lz4Bound(0)) + 4);
  let to = frameHeader.copy(output);
  for (let start = 0; start < input.length; start += frameBlockBytes) {
    const end = Math.min(start + frameBlockBytes, input.length);
    const encodedEnd = encodeLz4Block(input, start, end, output, to + 4);
    const encoded = encodedEnd - to - 4;
    const isStored = encoded >= end - start;
    if (isStored) input.copy(output, to + 4, start, end);
    to = output.writeUInt32LE(isStored ? end - start + storedBit : encoded, to) + (isStored ? end - start : encoded);
  }
  return output.subarray(0, output.writeUInt32LE(0, to));
}

/** The LZ4 frame format. What follows the frame is ignored, as Java does. */
export function createLz4Codec(load: () => NativeLz4 | undefined): CompressionCodec {
  let native: NativeLz4 | undefined | null = null;
  const nativeOnce = () => {
    if (native === null) native = load();
    return native;
  };
  return {
    compress: (input) => nativeOnce()?.compressFrameSync(input) ?? compressFrame(input),
    decompress(input, bytesMax) {
      const frame = readFrameHeader(input);
      const { bytes, end } = measure(input, frame, bytesMax);
      const loaded = nativeOnce();
      return loaded === undefined ? decode(input, frame, bytes) : decompressNative(input.subarray(0, end), loaded);
    },
  };
}

export const lz4Codec = createLz4Codec(() => loadOptional<NativeLz4>('lz4-napi', import.meta.url));
