import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot, scratchDirectory } from '../tools/paths.ts';
import { runVitest } from '../tools/vitest-run.ts';
import type { Figure } from './figures.ts';

/** As often as the goals say; each can be set from outside. */
const counts = {
  NAGARE_MALFORMED: '1000000',
  NAGARE_SLOWLORIS: '1000',
  NAGARE_SLOW_READERS: '200',
  NAGARE_IDLE: '10000',
  NAGARE_FLOOD_MIB: '2000',
  NAGARE_IDENTITIES: '100000',
};
const begin = '<!-- limits -->';
const end = '<!-- end of limits -->';

using scratch = scratchDirectory('limits');
const path = join(scratch.path, 'figures.jsonl');
const args = ['--config', 'test/limits/vitest.config.ts', '--testTimeout=3600000', ...process.argv.slice(2)];
const tally = await runVitest(args, { ...counts, ...process.env, NAGARE_LIMITS_OUT: path });
const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
const figures = lines.map((line) => JSON.parse(line) as Figure);
const table = [
  '| Limit | Measured | Goal |',
  '| --- | --- | --- |',
  ...figures.map(({ limit, measured, goal }) => `| ${limit} | ${measured} | ${goal} |`),
].join('\n');
console.log(table);
if (tally.failed === 0 && process.argv.length === 2) keep();
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 ? 1 : 0;

/** Writes the figures beside those of the benchmarks, and into the document. */
function keep(): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  const results = join(repositoryRoot, 'bench/results');
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'limits.json'), `${JSON.stringify({ machine, figures }, null, 2)}\n`);
  const document = join(repositoryRoot, 'RELIABILITY.md');
  const text = readFileSync(document, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`RELIABILITY.md has no place between ${begin} and ${end}`);
  writeFileSync(document, `${before}${begin}\n${machine}:\n\n${table}\n${end}${after}`);
}
