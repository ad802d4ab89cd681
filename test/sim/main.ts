import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Plan, planOf, type RunResult, runPlan, scenarioNamed, scenarios, shrink, sizeOf } from '@nagare/sim';
import { repositoryRoot } from '../tools/paths.ts';
import { type Figures, measured, type RunFigures, sumOf } from './figures.ts';
import { type PlantedBug, plantBug } from './planted-bugs.ts';

/** The most runs that making a plan smaller may take. */
const shrinkRunsMax = 400;

const usage = `Usage: pnpm sim [--seed N] [--scenario NAME] [--seeds COUNT] [--plan FILE] [--shrink NAME]
         [--trace] [--history] [--plant BUG]

Runs simulated brokers and clients, and says what is wrong. Equal seeds give equal runs.
  --seed      the seed, or the first of several; default: 1
  --seeds     how many seeds; default: 1
  --scenario  one of ${scenarios.map(({ name }) => name).join(', ')}; default: all
  --plan      run the plan of a file of test/sim/seeds in place of a seed
  --shrink    make the first failing plan smaller and write it to test/sim/seeds/NAME.json
  --trace     print every event of the simulation
  --history   print what the clients did and learned, a JSON line for each event
  --plant     put a bug into the broker or into Streams, to see that it is found`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    plan: { type: 'string' },
    shrink: { type: 'string' },
    trace: { type: 'boolean', default: false },
    history: { type: 'boolean', default: false },
    plant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  if (values.plant !== undefined) plantBug(values.plant as PlantedBug);
  process.exitCode = (await runAll()) > 0 ? 1 : 0;
}

async function runAll(): Promise<number> {
  if (values.plan !== undefined) {
    const plan = JSON.parse(readFileSync(values.plan, 'utf8')) as Plan;
    return runPlans(plan.scenario, [plan]);
  }
  const first = Number(values.seed);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => first + index);
  const wanted = values.scenario === undefined ? scenarios : [scenarioNamed(values.scenario)];
  let failed = 0;
  for (const scenario of wanted) {
    failed += await runPlans(
      scenario.name,
      seeds.map((seed) => planOf(scenario, seed)),
    );
  }
  return failed;
}

/** Runs plans of a scenario, prints those that fail and the figures of all, and gives the number of failures. */
async function runPlans(name: string, plans: readonly Plan[]): Promise<number> {
  const scenario = scenarioNamed(name);
  const runs: RunFigures[] = [];
  for (const plan of plans) {
    const trace = values.trace ? (line: string) => console.log(line) : undefined;
    const options = { scenario, ...(trace === undefined ? {} : { trace }) };
    const { result, figures } = await measured(() => runPlan(plan, options));
    runs.push(figures);
    if (values.history) for (const event of result.history) console.log(JSON.stringify(event));
    if (result.errors.length === 0) continue;
    printErrors(name, result);
    if (values.shrink === undefined) continue;
    await writeSmaller(result, values.shrink);
    break;
  }
  const figures = sumOf(runs);
  printFigures(name, figures);
  return figures.failed;
}

/** Shrinks a plan as long as one of the same anomalies shows. */
async function writeSmaller({ plan, errors }: RunResult, name: string): Promise<void> {
  const scenario = scenarioNamed(plan.scenario);
  const wanted = new Set(errors.map((error) => error.name));
  const stillFails = async (tried: Plan) => {
    const result = await runPlan(tried, { scenario });
    return result.errors.some((error) => wanted.has(error.name));
  };
  const small = await shrink(plan, stillFails, shrinkRunsMax);
  const path = join(repositoryRoot, `test/sim/seeds/${name}.json`);
  writeFileSync(path, `${JSON.stringify(small)}\n`);
  console.log(`  shrunk from ${sizeOf(plan)} to ${sizeOf(small)} parts: ${path}`);
}

function printErrors(name: string, { plan, errors, traceHash }: RunResult): void {
  console.log(`${name} --seed ${plan.seed} (trace ${traceHash}): ${errors.length} errors`);
  for (const error of errors.slice(0, 5)) console.log(`  ${error.name}: ${error.text}`);
}

function printFigures(name: string, figures: Figures): void {
  const { seeds, failed, seedsPerCpuSecond, simulatedHours, operations, faults } = figures;
  console.log(
    `${name}: ${seeds} seeds, ${failed} failed, ${seedsPerCpuSecond.toFixed(1)} seeds per second of CPU, ` +
      `${simulatedHours.toFixed(2)} simulated hours, ${operations} operations`,
  );
  console.log(`  faults: ${[...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
}
