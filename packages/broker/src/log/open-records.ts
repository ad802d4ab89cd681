import { ProtocolError, RecordReader } from '@nagare/protocol';

/** The records of a batch; undefined when they inflate to so much that everything else would wait for it. */
export function openRecords(batch: Buffer, inflatedBytesMax: number): RecordReader | undefined {
  try {
    return new RecordReader(batch, { decompressBytesMax: inflatedBytesMax });
  } catch (error) {
    if (error instanceof ProtocolError && error.kind === 'too-large') return undefined;
    throw error;
  }
}
