/** Up to here a loop copies faster than a call into the engine. */
const loopBytesMax = 48;

/** Copies the bytes of `input` from `start` to `end` to `output` at `at`, and returns where they end. */
export function copyBytes(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  if (end - start > loopBytesMax) {
    output.set(input.subarray(start, end), at);
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
  if (length <= loopBytesMax || offset < loopBytesMax) {
    for (let to = at, from = at - offset; to < end; ) output[to++] = output[from++]!;
    return end;
  }
  let to = at;
  for (; end - to > offset; to += offset) output.copyWithin(to, to - offset, to);
  output.copyWithin(to, to - offset, end - offset);
  return end;
}
