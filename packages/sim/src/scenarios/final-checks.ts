import type { Anomaly } from '../checkers/anomaly.ts';
import { checkHistory } from '../checkers/check-history.ts';
import { notQuiet } from '../checkers/final-state.ts';
import { readEverything, stableEnds } from '../clients/final-reads.ts';
import type { World } from '../world/world.ts';

/** Reads everything there is, and judges what every scenario is judged by. */
export async function finalChecks(world: World): Promise<readonly Anomaly[]> {
  const keys = world.partitions.map((_, key) => key).filter((key) => !world.gone.has(key));
  const ends = await stableEnds(world, keys);
  await readEverything(world, keys, ends);
  const listed = Object.entries(ends).map(([key, each]) => ({ key: Number(key), ...each }));
  return [...checkHistory(world.history.events), ...notQuiet({ ends: listed, groups: [] })];
}
