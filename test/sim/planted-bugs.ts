import {
  type PlantedBug as PlantedBrokerBug,
  plantBug as plantBrokerBug,
  plantedBugs as plantedBrokerBugs,
} from '@nagare/broker/testing';
import { planOf, type RunResult, runPlan, scenarioNamed } from '@nagare/sim';
import { type PlantedStreamsBug, plantedStreamsBugs, plantStreamsBug } from '@nagare/streams/simulated';

export type PlantedBug = PlantedBrokerBug | PlantedStreamsBug;

/** The names of all of them: of those of the broker, and of those of Streams. */
export const plantedBugs: readonly PlantedBug[] = [...plantedBrokerBugs, ...plantedStreamsBugs];

/** Puts a bug into this process; the function that it returns takes it out again. @throws {RangeError} When there is none of that name. */
export function plantBug(bug: PlantedBug): () => void {
  const ofBroker = plantedBrokerBugs.find((each) => each === bug);
  if (ofBroker !== undefined) return plantBrokerBug(ofBroker);
  const ofStreams = plantedStreamsBugs.find((each) => each === bug);
  if (ofStreams !== undefined) return plantStreamsBug(ofStreams);
  throw new RangeError(`Bug must be one of ${plantedBugs.join(', ')}, got ${bug}`);
}

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
  'changelog-behind-offsets': 'streams',
  'stores-before-commit': 'streams',
  'fencing-ignored': 'streams',
  'offsets-in-the-next-transaction': 'streams',
  'restored-in-part': 'streams',
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
