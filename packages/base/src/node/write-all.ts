import type { SystemError } from './system-error.ts';

/** Writes `chunks` at `position` and tells how many bytes went out, which may be fewer than there are: `fs.writev`. */
export type WriteVector = (
  chunks: readonly Buffer[],
  position: number,
  done: (error: SystemError | null, written: number) => void,
) => void;

/** How many buffers the kernel takes in one call (IOV_MAX). */
const chunksPerCallMax = 1024;

/** Writes all of `chunks`, one after the other, from `position`, in as many calls as the kernel wants. */
export function writeAll(
  writev: WriteVector,
  chunks: readonly Buffer[],
  position: number,
  done: (error: SystemError | null) => void,
): void {
  let next = 0;
  let offsetInNext = 0;
  let at = position;

  const advance = (written: number) => {
    at += written;
    let left = written;
    while (next < chunks.length && left >= chunks[next]!.length - offsetInNext) {
      left -= chunks[next]!.length - offsetInNext;
      next += 1;
      offsetInNext = 0;
    }
    offsetInNext += left;
  };

  const writeSome = () => {
    writev(vectorFrom(chunks, next, offsetInNext), at, (error, written) => {
      if (error !== null) return done(error);
      advance(written);
      if (next === chunks.length) return done(null);
      if (written === 0) return done(new Error('the system took no bytes'));
      writeSome();
    });
  };

  advance(0); // Passes leading empty chunks, so that a call always has bytes to write.
  if (next === chunks.length) done(null);
  else writeSome();
}

function vectorFrom(chunks: readonly Buffer[], next: number, offsetInNext: number): readonly Buffer[] {
  if (next === 0 && offsetInNext === 0 && chunks.length <= chunksPerCallMax) return chunks;
  const vector = chunks.slice(next, next + chunksPerCallMax);
  if (offsetInNext > 0) vector[0] = chunks[next]!.subarray(offsetInNext);
  return vector;
}
