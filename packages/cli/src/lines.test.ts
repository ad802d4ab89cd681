import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOf } from './lines.ts';

async function* stream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function linesFrom(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of linesOf(stream(chunks))) lines.push(...some.map((line) => line.toString('latin1')));
  return lines;
}

test('lines come whole wherever the stream is cut', async () => {
  const text = fc.array(fc.string({ unit: fc.constantFrom('a', '\r', 'é', '') }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (lines, endsInNewline, size) => {
      const bytes = Buffer.from(`${lines.join('\n')}${endsInNewline ? '\n' : ''}`, 'latin1');
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const whole = lines.at(-1) === '' && !endsInNewline ? lines.slice(0, -1) : lines;
      expect(await linesFrom(chunks)).toEqual(whole);
    }),
  );
});

test('a last line without its end counts', async () => {
  expect(await linesFrom([Buffer.from('a\nb')])).toEqual(['a', 'b']);
});

test('a line that never ends is refused before it fills the memory', async () => {
  const chunk = Buffer.alloc(33 * 1024 * 1024, 'x');
  await expect(linesFrom([chunk, chunk])).rejects.toThrow('longer than 67108864 bytes');
});
