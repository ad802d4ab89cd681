import type { Admin } from '@nagare/client';
import type { Key } from '../history/event.ts';
import type { ClientBody } from '../world/client-node.ts';
import type { World } from '../world/world.ts';
import { messageOf } from './values.ts';

/** Asks for the ends of logs now and then. */
export function observing(world: World): ClientBody {
  return async (run) => {
    const process = { current: world.history.newProcess() };
    const admin = run.client.admin({ requestTimeoutMs: 1_000, operationTimeoutMs: 5_000 });
    for (let step = run.next(); step !== undefined; step = run.next()) {
      if (step.do === 'wait') await run.sleep(step.ms ?? 0);
      if (step.do !== 'ends') continue;
      const invocation = world.history.invoke(process.current, 'listOffsets');
      try {
        const ends = await endsOf(world, admin, step.keys ?? []);
        invocation.ok([['ends', ends]]);
      } catch (error) {
        invocation.info(messageOf(error));
        process.current = world.history.newProcess();
      }
    }
    await admin.close();
  };
}

/** The ends of logs; that of committed records is asked first, so that it can never be the later one. */
export async function endsOf(
  world: World,
  admin: Admin,
  keys: readonly Key[],
): Promise<Record<string, { latest: number; stable: number }>> {
  const partitions = keys.map((key) => ({ ...world.partitionOf(key), at: 'latest' as const }));
  const stable = await admin.listOffsets({ partitions, isolationLevel: 'read_committed' });
  const latest = await admin.listOffsets({ partitions, isolationLevel: 'read_uncommitted' });
  return Object.fromEntries(
    keys.map((key, place) => [key, { latest: latest[place]?.offset ?? -1, stable: stable[place]?.offset ?? -1 }]),
  );
}
