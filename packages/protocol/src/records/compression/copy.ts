/** Up to these lengths a loop is faster than a call into the engine, which costs the same for any length. */
const loopBytesMax = 32;
const loopMatchBytesMax = 12;
/** A match that repeats fewer bytes than this takes several calls, so a loop stays faster for longer. */
const closeOffset = 8;
const loopCloseBytesMax = 48;

/** Copies the bytes of `input` from `start` to `end` to `output` at `at`, and returns where they end. */
export function copyBytes(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  if (end - start > loopBytesMax) {
    output.set(new Uint8Array(input.buffer, input.byteOffset + start, end - start), at);
    return at + end - start;
  }
  let to = at;
  for (let from = start; from < end; from += 1) output[to++] = input[from]!;
  return to;
}

/**
 * Appends `length` bytes to `output` at `at` that repeat those `offset` bytes before, and returns where they end. They
 * may repeat themselves: with an offset of 1 they are all the same.
 */
export function copyMatch(output: Uint8Array, at: number, offset: number, length: number): number {
  const end = at + length;
  const from = at - offset;
  if (length <= (offset < closeOffset ? loopCloseBytesMax : loopMatchBytesMax)) {
    for (let to = at, source = from; to < end; ) output[to++] = output[source++]!;
    return end;
  }
  // What lies between `from` and `to` repeats whole periods, so each copy may be twice as long as the one before.
  let to = at;
  for (let span = offset; end - to > span; span *= 2) {
    output.copyWithin(to, from, to);
    to += span;
  }
  output.copyWithin(to, from, from + end - to);
  return end;
}
