import { ProtocolError } from '../../protocol-error.ts';

/** One way to compress the records of a batch. Both directions are synchronous: they run inside cores. */
export interface CompressionCodec {
  /** `level` is the codec's own scale; codecs without levels ignore it. */
  compress(input: Buffer, level?: number): Buffer;
  /**
   * @param bytesMax - The most bytes that may come out; nothing beyond it is inflated.
   * @throws {ProtocolError} `too-large` beyond `bytesMax`, `corrupt` for bytes that are not of this codec.
   */
  decompress(input: Buffer, bytesMax: number): Buffer;
}

export function corrupt(codec: string, what: string, cause?: unknown): ProtocolError {
  return new ProtocolError('corrupt', `Not ${codec} data: ${what}`, cause === undefined ? undefined : { cause });
}

export function tooLarge(codec: string, bytesMax: number): ProtocolError {
  return new ProtocolError('too-large', `The ${codec} data would inflate to more than ${bytesMax} bytes`);
}
