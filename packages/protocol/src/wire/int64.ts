const two32 = 2 ** 32;

/** Reads an int64 as the nearest number. */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * two32 + buffer.readUInt32BE(at + 4);
}

/**
 * Writes a number as an int64. Numbers beyond its range become its nearest end, so that Java's `Long.MAX_VALUE`, which
 * is read as 2^63, is written as what it was.
 */
export function writeInt64(buffer: Buffer, value: number, at: number): void {
  if (value >= 2 ** 63) {
    buffer.writeInt32BE(0x7fffffff, at);
    buffer.writeInt32BE(-1, at + 4);
    return;
  }
  const high = value <= -(2 ** 63) ? -(2 ** 31) : Math.floor(value / two32);
  buffer.writeInt32BE(high, at);
  buffer.writeInt32BE((value - high * two32) | 0, at + 4);
}
