import type { World } from '../world/world.ts';

/** Lets simulated time pass. */
export function pause({ sim }: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    sim.timers.after(ms, resolve);
  });
}
