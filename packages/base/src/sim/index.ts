export type { SimDisk } from './disk.ts';
export type { DiskFaults, FailingOperation } from './disk-machine.ts';
export type { SimClock } from './life.ts';
export type { SimConnection, SimNetworkControl } from './network.ts';
export { createSimulation, type SimPlatform, type Simulation, type SimulationOptions } from './simulation.ts';
export type { NetworkFaults } from './wire.ts';
