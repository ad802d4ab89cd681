import { UsageError } from './usage-error.ts';

/** The longest line that is read; a broker takes no record of this size. */
const lineBytesMax = 64 * 1024 * 1024;
const newline = 0x0a;

/**
 * Cuts a byte stream into lines without their ends, and gives those of each chunk together. The last line may lack its end.
 *
 * @throws {UsageError} For a line longer than 64 MiB.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      lines.push(joined(rest, chunk.subarray(start, end)));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > lineBytesMax) throw new UsageError(`a line is longer than ${lineBytesMax} bytes`);
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [Buffer.concat(rest)];
}

function joined(rest: readonly Buffer[], last: Buffer): Buffer {
  return rest.length === 0 ? last : Buffer.concat([...rest, last]);
}
