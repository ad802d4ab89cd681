import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Frees a mebibyte 400 times, each after its pages were used, and prints how many pages the system has had to give. */
const program = (isKept: boolean) => `
  import { keepFreedMemory } from ${JSON.stringify(new URL('./freed-memory.ts', import.meta.url).href)};
  if (${isKept}) keepFreedMemory();
  gc();
  const use = (count) => {
    for (let n = 0; n < count; n += 1) {
      for (let piece = 0; piece < 4; piece += 1) Buffer.allocUnsafeSlow(2 ** 20).fill(1);
      gc();
    }
  };
  use(10);
  const before = process.resourceUsage().minorPageFault;
  use(100);
  console.log(process.resourceUsage().minorPageFault - before);
`;

async function pagesGiven(isKept: boolean): Promise<number> {
  const flags = ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', program(isKept)];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: import.meta.dirname });
  return Number(stdout);
}

const header = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
const isGlibc = header.header.glibcVersionRuntime !== undefined;

test.runIf(isGlibc)('pages of what was freed are used again', { timeout: 60_000 }, async () => {
  const [kept, returned] = [await pagesGiven(true), await pagesGiven(false)];
  expect(kept).toBeLessThan(returned / 3);
});
