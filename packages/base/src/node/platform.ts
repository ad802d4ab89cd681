import type { Platform } from '../platform.ts';
import { nodeClock } from './clock.ts';
import { nodeDisk } from './disk.ts';
import { nodeNetwork } from './network.ts';
import { nodeRandom } from './random.ts';
import { nodeTimers } from './timers.ts';

const platform: Platform = Object.freeze({
  clock: nodeClock,
  timers: nodeTimers,
  random: nodeRandom,
  disk: nodeDisk,
  network: nodeNetwork,
});

/** The machine that we run on: its clock, timers, random numbers, files and TCP. */
export function nodePlatform(): Platform {
  return platform;
}
