import { SerdeError } from '../errors.ts';

/** Bytes before the data: a zero, then the schema's id as an int32. */
export const frameBytes = 5;

const magic = 0;

/** Writes the frame at the start of `into`. */
export function writeFrame(into: Buffer, schemaId: number): void {
  into.writeUInt8(magic, 0);
  into.writeInt32BE(schemaId, 1);
}

/** Reads the schema's id from the frame. */
export function readFrame(bytes: Buffer): number {
  if (bytes.length >= frameBytes && bytes[0] === magic) return bytes.readInt32BE(1);
  const start = bytes.subarray(0, frameBytes).toString('hex');
  throw new SerdeError(
    'NAGARE_SERDES_NOT_FRAMED',
    `expected 00 and a schema id, got ${start === '' ? 'nothing' : start}`,
  );
}
