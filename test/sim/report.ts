import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultKinds, planOf, runPlan, scenarios } from '@nagare/sim';
import { repositoryRoot } from '../tools/paths.ts';
import { type Figures, measured, type RunFigures, sumOf } from './figures.ts';
import { plantedBugs, scenarioOfBug, seedThatFinds } from './planted-bugs.ts';

const usage = `Usage: test/sim/report.ts [--seeds COUNT] [--first SEED] [--runs FILE] [--bugs]

Runs seeds of all scenarios, and writes what came of them into RELIABILITY.md.
  --seeds  how many runs, of all scenarios together; default: 10000
  --first  the first seed of each scenario; default: 1
  --runs   a file that keeps what is counted, a JSON line for each run; runs that it has are not run again
  --bugs   look for the planted bugs instead, and write which seed finds each`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    first: { type: 'string', default: '1' },
    runs: { type: 'string' },
    bugs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const seedsMax = 2_000;

if (values.help) console.log(usage);
else if (values.bugs) replaceBetween('bugs', await bugTable());
else replaceBetween('figures', tablesOf(await allRuns()));

/** All scenarios take turns, so that what is wrong shows early. */
async function allRuns(): Promise<readonly RunFigures[]> {
  const { runs: keptIn } = values;
  const first = Number(values.first);
  const end = first + Math.ceil(Number(values.seeds) / scenarios.length);
  const runs = keptIn !== undefined && existsSync(keptIn) ? runsIn(keptIn) : [];
  const known = new Set(runs.map(({ scenario, seed }) => `${scenario} ${seed}`));
  for (let seed = first; seed < end; seed += 1) {
    for (const scenario of scenarios) {
      if (known.has(`${scenario.name} ${seed}`)) continue;
      const { result, figures } = await measured(() => runPlan(planOf(scenario, seed), { scenario }));
      for (const { name, text } of result.errors.slice(0, 1)) {
        console.log(`pnpm sim --scenario ${scenario.name} --seed ${seed}: ${name}: ${text}`);
      }
      runs.push(figures);
      if (keptIn !== undefined) appendFileSync(keptIn, `${JSON.stringify(figures)}\n`);
    }
  }
  return runs;
}

function runsIn(path: string): RunFigures[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RunFigures);
}

function tablesOf(runs: readonly RunFigures[]): string[] {
  const all = sumOf(runs);
  const rows = scenarios.map(({ name }) => rowOf(name, sumOf(runs.filter(({ scenario }) => scenario === name))));
  return [
    '| Scenario | Seeds | Violations | Simulated hours | Operations | Seeds per second of one core |',
    '| --- | --: | --: | --: | --: | --: |',
    ...[...rows, rowOf('**all**', all)],
    '',
    '| Fault | Times |',
    '| --- | --: |',
    ...faultKinds.map((kind) => `| ${kind} | ${all.faults.get(kind)} |`),
  ];
}

function rowOf(name: string, { seeds, failed, simulatedHours, operations, seedsPerCpuSecond }: Figures): string {
  return `| ${name} | ${seeds} | ${failed} | ${simulatedHours.toFixed(1)} | ${operations} | ${seedsPerCpuSecond.toFixed(1)} |`;
}

async function bugTable(): Promise<string[]> {
  const rows: string[] = [];
  for (const bug of plantedBugs) {
    const found = await seedThatFinds(bug, seedsMax);
    rows.push(`| ${bug} | ${scenarioOfBug[bug]} | ${found?.seed ?? '–'} | ${found?.result.errors[0]?.name ?? '–'} |`);
    console.log(rows.at(-1));
  }
  return ['| Bug | Scenario | First seed that finds it | By |', '| --- | --- | --: | --- |', ...rows];
}

/** Replaces what stands between two comments of the page. */
function replaceBetween(name: string, lines: readonly string[]): void {
  const path = join(repositoryRoot, 'RELIABILITY.md');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const text = readFileSync(path, 'utf8');
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  writeFileSync(path, `${before}\n${lines.join('\n')}\n${text.slice(text.indexOf(end))}`);
}
