export type { SimClock } from './clock.ts';
export type { SimDisk } from './disk.ts';
export type { DiskFaults, FailingOperation } from './disk-machine.ts';
export type { Ending, Moment } from './life.ts';
export type { Hold, SimConnection, SimNetworkControl } from './network.ts';
export { replaceGetter, replaceMethod } from './replace-member.ts';
export {
  createSimulation,
  type DiskTrap,
  type SimPlatform,
  type Simulation,
  type SimulationOptions,
} from './simulation.ts';
export type { NetworkFaults } from './wire.ts';
