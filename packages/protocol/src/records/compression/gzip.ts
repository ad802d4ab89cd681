import { gunzipSync, gzipSync } from 'node:zlib';
import { type CompressionCodec, corrupt, tooLarge } from './codec.ts';

export const gzipCodec: CompressionCodec = {
  compress: (input, level) => gzipSync(input, level === undefined ? {} : { level }),
  decompress(input, bytesMax) {
    try {
      return gunzipSync(input, { maxOutputLength: Math.max(bytesMax, 1) });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('gzip', bytesMax);
      throw corrupt('gzip', (cause as Error).message, cause);
    }
  },
};
