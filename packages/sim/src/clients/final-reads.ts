import type { Key } from '../history/event.ts';
import type { World } from '../world/world.ts';
import { endsOf } from './observing.ts';
import { pause } from './pause.ts';
import { Reader } from './reading.ts';

/** The ends of all logs, once no transaction is open in them any more. */
export type FinalEnds = Readonly<Record<string, { readonly latest: number; readonly stable: number }>>;

/** Asks until every log is stable up to its end, or the caller's patience ends. */
export async function stableEnds(world: World, keys: readonly Key[]): Promise<FinalEnds> {
  await using admin = world.helper().admin({ requestTimeoutMs: 2_000 });
  const giveUpAtMs = world.sim.elapsedMs + stableWithinMs;
  for (;;) {
    const ends = await endsOf(world, admin, keys);
    const isStable = Object.values(ends).every(({ latest, stable }) => latest === stable);
    if (isStable || world.sim.elapsedMs > giveUpAtMs) return ends;
    await pause(world, 500);
  }
}

/** How long a transaction may keep logs from being stable after everything is healed. */
const stableWithinMs = 40_000;

/** Reads everything that is there, as two new readers that know of nothing before. */
export async function readEverything(world: World, keys: readonly Key[], ends: FinalEnds): Promise<void> {
  for (let count = 0; count < 2; count += 1) {
    const consumer = world.helper().consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
    const reader = new Reader(world, consumer, 'rc', keys);
    while (!keys.every((key) => reader.hasReached(key, ends[key]?.stable ?? 0))) {
      if (!(await reader.poll(1_000))) break;
    }
    await consumer.close();
  }
}
