import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GroupRun, groupOperation } from '../../testing/group-model.ts';

const runs = Number(process.env['NAGARE_RUNS'] ?? 200);

test('whatever clients do and crashes undo: the log tells what was acknowledged, and the group comes to rest', {
  timeout: 30_000 + runs * 300,
}, () => {
  fc.assert(
    fc.property(
      fc.array(groupOperation, { maxLength: 80, size: 'max' }),
      fc.constantFrom(0, 3_000),
      (steps, initialRebalanceDelayMs) => {
        const run = new GroupRun(initialRebalanceDelayMs);
        for (const step of steps) run.take(step);
        run.behave(40);
        expect(run.shard.state()).toBe('Stable');
        expect(run.clients.slice(0, 4).map(({ isSynced }) => isSynced)).toEqual([true, true, true, true]);
        for (const life of run.loggedGenerations()) expect(life).toEqual([...life].sort((a, b) => a - b));
        run.shard.advance(600_000);
        expect(['Empty', 'Dead']).toContain(run.shard.state());
        expect(run.shard.waitingCount).toBe(0);
      },
    ),
    { numRuns: runs },
  );
});
