import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plantedBugs } from '@nagare/broker/testing';
import { type FaultKind, faultKinds, planOf, runPlan, scenarios } from '@nagare/sim';
import { repositoryRoot } from '../tools/paths.ts';
import { FigureSum, type Figures } from './figures.ts';
import { scenarioOfBug, seedThatFinds } from './planted-bugs.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '500' } } });

/** Runs seeds of every scenario and every planted bug, and writes what came of it into RELIABILITY.md. */
async function report(seeds: number): Promise<void> {
  const figures = new Map<string, Figures>();
  for (const scenario of scenarios) {
    const sum = new FigureSum();
    for (let seed = 1; seed <= seeds; seed += 1) sum.add(await runPlan(planOf(scenario, seed), { scenario }));
    figures.set(scenario.name, sum.figures());
  }
  replaceBetween('figures', [...scenarioTable(figures), '', ...faultTable([...figures.values()])]);
  replaceBetween('bugs', await bugTable());
}

function scenarioTable(figures: ReadonlyMap<string, Figures>): string[] {
  const rows = [...figures].map(([name, each]) => {
    const { seeds, failed, simulatedHours, operations, seedsPerCpuSecond } = each;
    return `| ${name} | ${seeds} | ${failed} | ${simulatedHours.toFixed(1)} | ${operations} | ${seedsPerCpuSecond.toFixed(1)} |`;
  });
  return [
    '| Scenario | Seeds | Violations | Simulated hours | Operations | Seeds per second of CPU |',
    '| --- | --: | --: | --: | --: | --: |',
    ...rows,
  ];
}

function faultTable(figures: readonly Figures[]): string[] {
  const countOf = (kind: FaultKind) => figures.reduce((sum, { faults }) => sum + (faults.get(kind) ?? 0), 0);
  return ['| Fault | Times |', '| --- | --: |', ...faultKinds.map((kind) => `| ${kind} | ${countOf(kind)} |`)];
}

async function bugTable(): Promise<string[]> {
  const rows: string[] = [];
  for (const bug of plantedBugs) {
    const found = await seedThatFinds(bug, 2_000);
    rows.push(`| ${bug} | ${scenarioOfBug[bug]} | ${found?.seed ?? '–'} | ${found?.result.errors[0]?.name ?? '–'} |`);
  }
  return ['| Bug | Scenario | Seeds until found | By |', '| --- | --- | --: | --- |', ...rows];
}

/** Replaces what stands between two comments of the page. */
function replaceBetween(name: string, lines: readonly string[]): void {
  const path = join(repositoryRoot, 'RELIABILITY.md');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const text = readFileSync(path, 'utf8');
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  writeFileSync(path, `${before}\n${lines.join('\n')}\n${text.slice(text.indexOf(end))}`);
}

await report(Number(values.seeds));
