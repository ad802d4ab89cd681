import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './tools/paths.ts';
import { runVitest, sum, type Tally } from './tools/vitest-run.ts';

/** Checks the types of every package, tests and measurements included; counts as one test. */
function checkTypes(): Tally {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-b'], { cwd: repositoryRoot, stdio: 'inherit' });
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}

const filters = process.argv.slice(2);
const total = sum([checkTypes(), await runVitest(filters)]);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
