import { type CompressionCodec, tooLarge } from './codec.ts';

export const noneCodec: CompressionCodec = {
  compress: (input) => input,
  decompress(input, bytesMax) {
    if (input.length > bytesMax) throw tooLarge('uncompressed', bytesMax);
    return input;
  },
};
