import type { Anomaly } from '../checkers/anomaly.ts';
import { notQuiet, replayDiffers } from '../checkers/final-state.ts';
import type { CommittedOffsets } from '../checkers/group-offsets.ts';
import type { World } from '../world/world.ts';
import { committedByLog } from './offsets-log.ts';
import { pause } from './pause.ts';

/** What a group has committed in the end, as its coordinator says. */
export async function committedBy(world: World, groupId: string): Promise<CommittedOffsets> {
  await using admin = world.helper().admin({ requestTimeoutMs: 2_000 });
  const offsets = await admin.fetchOffsets({ groupId });
  return new Map(offsets.map((each) => [world.keyOf(each), each.offset]));
}

/** Whether the coordinator and its log say the same, and the group is at rest. */
export async function groupAnomalies(
  world: World,
  groupId: string,
  committed: CommittedOffsets,
): Promise<readonly Anomaly[]> {
  await using admin = world.helper().admin({ requestTimeoutMs: 2_000 });
  const giveUpAtMs = world.sim.elapsedMs + restWithinMs;
  let described = await admin.describeGroups({ groupIds: [groupId] });
  while (notQuiet({ ends: [], groups: described }).length > 0 && world.sim.elapsedMs < giveUpAtMs) {
    await pause(world, 500);
    described = await admin.describeGroups({ groupIds: [groupId] });
  }
  const live = new Map([...committed].map(([key, offset]) => [`${groupId} ${nameOf(world, key)}`, offset]));
  const byLog = await committedByLog(world);
  const own = new Map([...byLog].filter(([name]) => name.startsWith(`${groupId} `)));
  return [...notQuiet({ ends: [], groups: described }), ...replayDiffers('The offset', own, live)];
}

/** How long a group may take to notice that all its members are gone. */
const restWithinMs = 40_000;

function nameOf(world: World, key: number): string {
  const { topic, partition } = world.partitionOf(key);
  return `${topic}-${partition}`;
}
