import type { Header } from '../record.ts';

/** What lengths, deltas and the batch's header take at most, in bytes. */
const overheadBytes = 61 + 40;
const headerOverheadBytes = 10;

/** An upper bound for the bytes of one record alone in a batch. */
export function recordBytesMax(key: Buffer | null, value: Buffer | null, headers: readonly Header[]): number {
  let bytes = overheadBytes + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) {
    bytes += headerOverheadBytes + Buffer.byteLength(header.key) + (header.value?.length ?? 0);
  }
  return bytes;
}
