import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { expectedOf } from './differences.ts';
import { writeGolden } from './golden.ts';
import { inputs } from './inputs.ts';
import { NotThere } from './interpreter/not-there.ts';
import { JavaOracle } from './java-oracle.ts';
import { pending, unequal } from './pending.ts';
import { runOurs } from './run-ours.ts';
import { topologies } from './topologies/all.ts';
import { type Answer, type InputEvent, inputTopicsOf, type TopologySpec } from './topology-spec.ts';

/** How many inputs each topology is given. */
const numRuns = Number(process.env.NAGARE_ORACLE_INPUTS ?? 200);
const seed = Number(process.env.NAGARE_ORACLE_SEED ?? Date.now() & 0x7fffffff);
const goldenRuns = 2;

let java: JavaOracle | undefined;

beforeAll(async () => {
  console.log(`seed ${seed}: repeat with NAGARE_ORACLE_SEED=${seed}`);
  java = await ifAvailable('Kafka Streams', () => JavaOracle.start());
});

afterAll(() => java?.[Symbol.asyncDispose]());

type Input = readonly InputEvent[];

async function expected(spec: TopologySpec, runs: readonly Input[]): Promise<Answer> {
  return expectedOf(await (java as JavaOracle).ask(spec, runs));
}

/** The inputs are tried all at once; only when one of them fails are they tried one by one, to shrink it. */
async function compare(spec: TopologySpec): Promise<void> {
  const arbitrary = inputs(inputTopicsOf(spec));
  const drawn = fc.sample(arbitrary, { seed, numRuns });
  const theirs = await expected(spec, drawn);
  const ours = runOurs(spec, drawn);
  expect(ours.describe).toBe(theirs.describe);
  expect(ours.topics).toEqual(theirs.topics);
  const failing = drawn.findIndex((_, index) => !isEqual(ours.runs[index], theirs.runs[index]));
  if (failing < 0) return;
  const one = async (input: Input) => {
    const [actual, wanted] = [runOurs(spec, [input]), await expected(spec, [input])];
    expect(actual.runs[0]).toEqual(wanted.runs[0]);
  };
  await fc.assert(fc.asyncProperty(arbitrary, one), { seed, numRuns, path: String(failing) });
  throw new Error(`input ${failing} of ${spec.name} fails only after the ones before it`);
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

/** What the DSL lacks for a topology, or undefined. */
function missingIn(spec: TopologySpec): string | undefined {
  try {
    runOurs(spec, [[]]);
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (cause instanceof NotThere) return cause.what;
    throw error;
  }
  return undefined;
}

describe('ours does what Kafka Streams does', () => {
  test.each(topologies)('$name', async (spec) => {
    if (java === undefined) return;
    const missing = missingIn(spec);
    if (unequal[spec.name] !== undefined) {
      console.warn(`not compared: ${spec.name}: ${unequal[spec.name]}`);
      await expected(spec, [[]]);
      return;
    }
    if (missing !== undefined) {
      expect(pending).toContain(missing);
      console.warn(`not compared: ${spec.name}, which needs ${missing}`);
      await expected(spec, [[]]);
      return;
    }
    await compare(spec);
    if (process.env.NAGARE_UPDATE_GOLDEN === undefined) return;
    const chosen = fc.sample(inputs(inputTopicsOf(spec)), { seed: 42, numRuns: goldenRuns });
    writeGolden(spec, chosen, await expected(spec, chosen));
  });

  test('only what is missing is listed as pending', () => {
    const missing = new Set(topologies.map(missingIn));
    expect(pending.filter((name) => !missing.has(name))).toEqual([]);
  });
});
