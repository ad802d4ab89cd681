import { corrupt, tooLarge } from '../codec.ts';
import { BlockDecoder } from './block.ts';
import { type Block, eachBlock, type FrameHeader, readFrameHeader, skippableEnd } from './frame.ts';
import { blockBytesMax } from './literals.ts';

/** Honest data seldom inflates to more than this many times its length; the output starts no longer. */
const usualRatio = 16;

/** Output that grows as blocks are inflated, and never beyond its limit. */
class Output {
  readonly #bytesMax: number;
  bytes: Buffer;
  at = 0;

  constructor(bytesHint: number, bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(bytesHint, bytesMax));
  }

  /** Makes room for `count` more bytes, or for as many as the limit leaves, and returns where that room ends. */
  reserve(count: number): number {
    const end = Math.min(this.at + count, this.#bytesMax);
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(end, this.bytes.length * 2), this.#bytesMax));
      this.bytes.copy(grown, 0, 0, this.at);
      this.bytes = grown;
    }
    return end;
  }

  /** What was written, in a buffer that is not much longer. */
  finish(): Buffer {
    const written = this.bytes.subarray(0, this.at);
    if (this.bytes.length - this.at <= this.at) return written;
    const exact = Buffer.allocUnsafeSlow(this.at);
    written.copy(exact);
    return exact;
  }
}

function inflateBlock(input: Buffer, block: Block, decoder: BlockDecoder, output: Output, frameStart: number): void {
  const { start, end, bytesMax } = block;
  const roomEnd = output.reserve(bytesMax);
  const { bytes, at } = output;
  switch (block.kind) {
    case 'raw':
      output.at += input.copy(bytes, at, start, end);
      break;
    case 'repeated':
      bytes.fill(input[start]!, at, at + bytesMax);
      output.at += bytesMax;
      break;
    case 'compressed':
      output.at = decoder.decode(input, start, end, { bytes, frameStart, start: at, end: roomEnd });
      break;
  }
}

function inflateFrame(input: Buffer, header: FrameHeader, output: Output, bytesMax: number): number {
  const decoder = new BlockDecoder();
  const frameStart = output.at;
  const end = eachBlock(input, header, (block) => {
    const hasRoom = output.at + block.bytesMax <= bytesMax;
    if (!hasRoom && block.kind !== 'compressed') throw tooLarge('zstd', bytesMax);
    try {
      inflateBlock(input, block, decoder, output, frameStart);
    } catch (error) {
      // A block that is cut by the limit cannot be told from one that says too much.
      throw hasRoom ? error : tooLarge('zstd', bytesMax);
    }
  });
  const { contentBytes } = header;
  if (contentBytes !== undefined && output.at - frameStart !== contentBytes) {
    throw corrupt('zstd', `${output.at - frameStart} bytes came out, not ${contentBytes}`);
  }
  return end;
}

/** Inflates zstd frames, with or without their content size, without native code. Checksums are not looked at. */
export function decompressZstd(input: Buffer, bytesMax: number): Buffer {
  if (input.length === 0) throw corrupt('zstd', 'there are no bytes');
  let output: Output | undefined;
  for (let at = 0; at < input.length; ) {
    const skipTo = skippableEnd(input, at);
    if (skipTo !== undefined) {
      at = skipTo;
      continue;
    }
    const header = readFrameHeader(input, at);
    if ((header.contentBytes ?? 0) > bytesMax) throw tooLarge('zstd', bytesMax);
    const usual = Math.max(input.length * usualRatio, blockBytesMax);
    output ??= new Output(Math.min(header.contentBytes ?? usual, usual), bytesMax);
    at = inflateFrame(input, header, output, bytesMax);
  }
  return output?.finish() ?? Buffer.alloc(0);
}
