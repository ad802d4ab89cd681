import { loadOptional } from '@nagare/base';
import { type CompressionCodec, corrupt, tooLarge } from './codec.ts';
import { decodeSnappyElements, encodeSnappyBlock, readSnappyLength, snappyBound } from './snappy-block.ts';

/** What the native package gives: raw snappy, without framing. Its decompressor is no faster than ours. */
export interface NativeSnappy {
  compressSync(input: Buffer): Buffer;
}

/** The framing of the xerial library, which Java's clients write: a header, then blocks with their lengths. */
const xerialHeader = Buffer.from('82534e41505059000000000100000001', 'hex');
const xerialMagicBytes = 8;
const xerialMagicHead = xerialHeader.readUInt32BE(0);
const xerialBlockBytes = 32_768;

function isXerial(input: Buffer): boolean {
  return (
    input.length >= xerialHeader.length && input.compare(xerialHeader, 0, xerialMagicBytes, 0, xerialMagicBytes) === 0
  );
}

/** Calls `visit` with the bounds of each block. A second header may follow, where streams were joined. */
function eachXerialBlock(input: Buffer, visit: (start: number, end: number) => void): void {
  let at = xerialHeader.length;
  while (at < input.length) {
    if (input.length - at < 4) throw corrupt('snappy', 'the length of a block is broken off');
    const length = input.readUInt32BE(at);
    if (length === xerialMagicHead) {
      at += xerialHeader.length;
      continue;
    }
    at += 4;
    if (length > input.length - at) throw corrupt('snappy', 'a block is broken off');
    visit(at, at + length);
    at += length;
  }
}

function decompressXerial(input: Buffer, bytesMax: number): Buffer {
  let bytes = 0;
  eachXerialBlock(input, (start, end) => {
    bytes += readSnappyLength(input, start, end).bytes;
    if (bytes > bytesMax) throw tooLarge('snappy', bytesMax);
  });
  const output = Buffer.allocUnsafeSlow(bytes);
  let to = 0;
  eachXerialBlock(input, (start, end) => {
    const block = readSnappyLength(input, start, end);
    decodeSnappyElements(input, block.at, end, output, to, to + block.bytes);
    to += block.bytes;
  });
  return output;
}

function decompressRaw(input: Buffer, bytesMax: number): Buffer {
  const block = readSnappyLength(input, 0, input.length);
  if (block.bytes > bytesMax) throw tooLarge('snappy', bytesMax);
  const output = Buffer.allocUnsafeSlow(block.bytes);
  decodeSnappyElements(input, block.at, input.length, output, 0, block.bytes);
  return output;
}

function compressXerial(input: Buffer, native: NativeSnappy | undefined): Buffer {
  const blocks = Math.ceil(input.length / xerialBlockBytes);
  const output = Buffer.allocUnsafeSlow(
    xerialHeader.length + snappyBound(input.length) + blocks * (4 + snappyBound(0)),
  );
  let to = xerialHeader.copy(output);
  for (let start = 0; start < input.length; start += xerialBlockBytes) {
    const end = Math.min(start + xerialBlockBytes, input.length);
    const blockEnd =
      native === undefined
        ? encodeSnappyBlock(input, start, end, output, to + 4)
        : to + 4 + native.compressSync(input.subarray(start, end)).copy(output, to + 4);
    output.writeUInt32BE(blockEnd - to - 4, to);
    to = blockEnd;
  }
  return output.subarray(0, to);
}

/** Snappy as Kafka has it: written with xerial framing, read with it or raw, as librdkafka writes. */
export function createSnappyCodec(load: () => NativeSnappy | undefined): CompressionCodec {
  let native: NativeSnappy | undefined | null = null;
  return {
    compress(input) {
      if (native === null) native = load();
      return compressXerial(input, native);
    },
    decompress: (input, bytesMax) =>
      isXerial(input) ? decompressXerial(input, bytesMax) : decompressRaw(input, bytesMax),
  };
}

export const snappyCodec = createSnappyCodec(() => loadOptional<NativeSnappy>('snappy', import.meta.url));
