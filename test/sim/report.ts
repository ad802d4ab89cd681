import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultKinds, planOf, runPlan, type Scenario, scenarioNamed, scenarios } from '@nagare/sim';
import { repositoryRoot } from '../tools/paths.ts';
import { type Figures, measured, type RunFigures, sumOf } from './figures.ts';
import { type PlantedBug, plantedBugs, scenarioOfBug, seedThatFinds } from './planted-bugs.ts';

const usage = `Usage: test/sim/report.ts [--seeds COUNT] [--streams-seeds COUNT] [--scenario NAME]... [--first SEED]
         [--runs FILE] [--bugs]

Runs seeds of all scenarios, and writes what came of them into RELIABILITY.md.
  --seeds          how many runs, of all scenarios but streams together; default: 10000
  --streams-seeds  how many runs of streams, each of which takes as long as many others; default: 2000
  --scenario       one of ${scenarios.map(({ name }) => name).join(', ')}; can be given several times; default: all
  --first          the first seed of each scenario; default: 1
  --runs           a file that keeps what is counted, a JSON line for each run; runs that it has are not run again, and
                   the tables are of all that it has at the end, so that several processes can share it
  --bugs           look for the planted bugs instead, and write which seed finds each`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    'streams-seeds': { type: 'string', default: '2000' },
    scenario: { type: 'string', multiple: true },
    first: { type: 'string', default: '1' },
    runs: { type: 'string' },
    bugs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const seedsMax = 2_000;
const ofStreams = 'streams';
const chosen = values.scenario === undefined ? scenarios : values.scenario.map(scenarioNamed);

if (values.help) console.log(usage);
else if (values.bugs) replaceBetween('bugs', await bugTable());
else replaceBetween('figures', tablesOf(await allRuns()));

/** How many seeds a scenario goes through. Each of the others has an equal part of theirs. */
function seedsOf({ name }: Scenario): number {
  return name === ofStreams
    ? Number(values['streams-seeds'])
    : Math.ceil(Number(values.seeds) / (scenarios.length - 1));
}

/** All scenarios take turns, so that what is wrong shows early. */
async function allRuns(): Promise<readonly RunFigures[]> {
  const { runs: keptIn } = values;
  const first = Number(values.first);
  const runs = runsIn(keptIn);
  const known = new Set(runs.map(({ scenario, seed }) => `${scenario} ${seed}`));
  for (let nth = 0; nth < Math.max(...chosen.map(seedsOf)); nth += 1) {
    for (const scenario of chosen.filter((each) => nth < seedsOf(each))) {
      if (known.has(`${scenario.name} ${first + nth}`)) continue;
      const figures = await runSeed(scenario, first + nth);
      runs.push(figures);
      if (keptIn !== undefined) appendFileSync(keptIn, `${JSON.stringify(figures)}\n`);
    }
  }
  return keptIn === undefined ? runs : runsIn(keptIn);
}

/** Runs one seed, and prints what is wrong with it. */
async function runSeed(scenario: Scenario, seed: number): Promise<RunFigures> {
  const { result, figures } = await measured(() => runPlan(planOf(scenario, seed), { scenario }));
  for (const { name, text } of result.errors.slice(0, 1)) {
    console.log(`pnpm sim --scenario ${scenario.name} --seed ${seed}: ${name}: ${text}`);
  }
  return figures;
}

function runsIn(path: string | undefined): RunFigures[] {
  if (path === undefined || !existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RunFigures);
}

function tablesOf(runs: readonly RunFigures[]): string[] {
  const all = sumOf(runs);
  const rows = scenarios.flatMap(({ name }) => {
    const own = runs.filter(({ scenario }) => scenario === name);
    return own.length === 0 ? [] : [rowOf(name, sumOf(own))];
  });
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

/** Bugs of scenarios that are not chosen keep the rows that they have in the page. */
async function bugTable(): Promise<string[]> {
  const rows: string[] = [];
  const before = between('bugs').lines;
  for (const bug of plantedBugs) {
    const isChosen = chosen.some(({ name }) => name === scenarioOfBug[bug]);
    if (isChosen) rows.push(await bugRow(bug));
    else rows.push(...before.filter((line) => line.startsWith(`| ${bug} |`)));
  }
  return ['| Bug | Scenario | First seed that finds it | By |', '| --- | --- | --: | --- |', ...rows];
}

async function bugRow(bug: PlantedBug): Promise<string> {
  const found = await seedThatFinds(bug, seedsMax);
  const row = `| ${bug} | ${scenarioOfBug[bug]} | ${found?.seed ?? '–'} | ${found?.result.errors[0]?.name ?? '–'} |`;
  console.log(row);
  return row;
}

/** Replaces what stands between two comments of the page. */
function replaceBetween(name: string, lines: readonly string[]): void {
  const { path, before, after } = between(name);
  writeFileSync(path, `${before}\n${lines.join('\n')}\n${after}`);
}

/** The page, cut at two of its comments. */
function between(name: string) {
  const path = join(repositoryRoot, 'RELIABILITY.md');
  const text = readFileSync(path, 'utf8');
  const begin = `<!-- ${name} -->`;
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(`<!-- end of ${name} -->`)];
  return { path, before: text.slice(0, from), lines: text.slice(from, to).trim().split('\n'), after: text.slice(to) };
}
