import { type PlantedBug, plantBug } from '@nagare/broker/testing';
import { planOf, type RunResult, runPlan, scenarioNamed } from '@nagare/sim';

/** In which scenario each bug must be found. */
export const scenarioOfBug: Readonly<Record<PlantedBug, string>> = {
  'no-deduplication': 'produce-consume',
  'producers-forgotten-at-start': 'produce-consume',
  'acknowledged-before-sync': 'produce-consume',
  'stable-offset-off-by-one': 'transactions',
  'aborted-transactions-not-told': 'transactions',
  'sync-error-ignored': 'produce-consume',
  'recovered-not-written-again': 'produce-consume',
  'write-error-ignored': 'produce-consume',
  'no-folder-sync': 'produce-consume',
  'clean-shutdown-marker-kept': 'produce-consume',
  'compaction-drops-markers': 'compaction',
  'compaction-keeps-aborted': 'compaction',
  'compaction-drops-newest': 'compaction',
  'decided-before-kept': 'groups',
  'markers-not-retried': 'transactions',
  'marker-not-awaited': 'transactions',
  'end-ignores-epoch': 'bank',
  'timeouts-not-enforced': 'transactions',
  'offsets-applied-when-staged': 'exactly-once',
  'aborted-offsets-applied': 'exactly-once',
  'unstable-offsets-told': 'exactly-once',
  'generation-not-checked': 'groups',
};

/** Runs seeds with a bug until one shows it; undefined when none of `seedsMax` does. */
export async function seedThatFinds(
  bug: PlantedBug,
  seedsMax: number,
): Promise<{ readonly seed: number; readonly result: RunResult } | undefined> {
  const scenario = scenarioNamed(scenarioOfBug[bug]);
  const takeOut = plantBug(bug);
  try {
    for (let seed = 1; seed <= seedsMax; seed += 1) {
      const result = await runPlan(planOf(scenario, seed), { scenario });
      if (result.errors.length > 0) return { seed, result };
    }
    return undefined;
  } finally {
    takeOut();
  }
}
