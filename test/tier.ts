import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from './tools/paths.ts';
import { runVitest } from './tools/vitest-run.ts';

const usage = `Usage: test/tier.ts TIER [FILTER...] [--against kafka|nagare] [--compiled] [--no-skip]

Runs the tests of test/TIER and ends with the line "N passed, N failed".
  --against   the broker that interop tests run against; nagare when not given
  --compiled  run our broker as it is published (pnpm build first) and not from the sources
  --no-skip   fail where a tool that a test needs is missing; also when CI is set`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string', default: 'nagare' },
    compiled: { type: 'boolean', default: false },
    'no-skip': { type: 'boolean', default: false },
  },
});

const [tier = '', ...filters] = positionals;
const config = `test/${tier}/vitest.config.ts`;
if (tier === '' || !existsSync(join(repositoryRoot, config))) {
  console.error(usage);
  process.exit(2);
}
const tally = await runVitest(['--config', config, ...filters], {
  NAGARE_AGAINST: values.against,
  ...(values.compiled ? { NAGARE_COMPILED: '1' } : {}),
  ...(values['no-skip'] ? { NAGARE_NO_SKIP: '1' } : {}),
});
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 ? 1 : 0;
