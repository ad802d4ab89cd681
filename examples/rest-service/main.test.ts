import { readmeOutput, runProgram } from '@nagare/example-kit/testing';
import { expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 300_000 });

test('a run prints what the README says', async () => {
  const { code, stdout } = await runProgram(new URL('main.ts', import.meta.url), []);
  expect({ code, stdout }).toEqual({ code: 0, stdout: readmeOutput(import.meta.url) });
});
