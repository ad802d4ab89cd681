import type { Platform } from '../platform.ts';
import type { Random } from '../random.ts';
import { seededRandom } from '../seeded-random.ts';
import type { Timers } from '../timers.ts';
import { clockOf, type SimClock } from './clock.ts';
import { LifeDisk, type SimDisk } from './disk.ts';
import { DiskMachine } from './disk-machine.ts';
import { Engine } from './engine.ts';
import { type Ending, Life, type Moment, timersOf } from './life.ts';
import { SimNetwork, type SimNetworkControl } from './network.ts';

export interface SimulationOptions {
  /** Decides everything that is drawn: equal seeds give equal runs. */
  readonly seed: number;
  /** Wall-clock time at the start, in milliseconds since 1970. Default: 2025-01-01T00:00:00Z. */
  readonly startMs?: number;
  /** Told of every event as it happens: to find where two runs part. */
  readonly trace?: (line: string) => void;
}

/** An operation of the disk at which something is to happen. */
export interface DiskTrap {
  /** Told what is done and where, such as `write /data/t-0/00000000000000000000.log` or `sync /data/`. Default: any. */
  readonly matches?: (operation: string) => boolean;
  /** The how many-th of the operations that match. Default: 1. */
  readonly nth?: number;
  /** Before its effect (a write has done a part then), or after it and before the process knows. Default: before. */
  readonly moment?: Moment;
  readonly spring: () => void;
}

/** The platform of one simulated node, from its start to its end. */
export interface SimPlatform extends Platform {
  readonly name: string;
  readonly clock: SimClock;
  readonly disk: SimDisk;
  /** False after {@link crash} and {@link powerLoss}. */
  readonly isAlive: boolean;
  /**
   * Kills the process: nothing that it waits for happens any more, its connections and ports close, its files keep what
   * was written. {@link Simulation.platform} with the same name starts it again.
   */
  crash(): void;
  /** Kills the machine: as a crash, and unsynced bytes and names survive or not; its peers learn it late. */
  powerLoss(): void;
  /** Stops the process as SIGSTOP does: connections stay, and what comes waits for {@link resume}. */
  stop(): void;
  /** Lets a stopped process go on: all that has waited comes at once, in its order. */
  resume(): void;
  /** Lets something happen at an operation of the disk, such as a crash. It is forgotten with this life. */
  trap(trap: DiskTrap): void;
}

/** Nodes in one process on virtual time. */
export interface Simulation {
  readonly seed: number;
  /** Virtual time since the start, in milliseconds. */
  readonly elapsedMs: number;
  /** A hash of everything that has happened: equal for equal seeds and equal code under test. */
  readonly traceHash: string;
  readonly network: SimNetworkControl;
  /** For the test's own draws. */
  readonly random: Random;
  /** For trouble that a test plans ahead; they outlive every node. */
  readonly timers: Timers;
  /** The platform of the node of that name, started now unless it lives already. Its disk outlives it. */
  platform(name?: string): SimPlatform;
  /** Lets `ms` milliseconds pass. */
  advance(ms: number): Promise<void>;
  /**
   * Runs until `isDone`, which is asked after every event.
   *
   * @throws Error when it does not hold after `simMsMax` (default: 60,000) milliseconds of virtual time.
   */
  runUntil(isDone: () => boolean, options?: { readonly simMsMax?: number }): Promise<void>;
  /** Runs until a promise settles, and returns or throws what it settles with. Fails as {@link runUntil} does. */
  complete<Value>(promise: Promise<Value>, options?: { readonly simMsMax?: number }): Promise<Value>;
}

const defaultStartMs = Date.UTC(2025, 0, 1);
const defaultSimMsMax = 60_000;

/**
 * Makes a world of simulated nodes.
 *
 * Between two events all promises settle, so that code runs as it does on a machine that is infinitely fast. It must
 * wait for nothing but its platform: anything else that takes time would make a run differ from the next.
 *
 * @example Two runs of a seed are the same
 * ```ts
 * const sim = createSimulation({ seed: 7 });
 * const broker = await sim.complete(startBroker(sim.platform('broker')));
 * sim.network.faults.resetRate = 0.01;
 * ```
 */
export function createSimulation(options: SimulationOptions): Simulation {
  return new World(options);
}

interface Node {
  readonly machine: DiskMachine;
  readonly clock: SimClock;
  lives: number;
  current: SimPlatform;
}

class World implements Simulation {
  readonly seed: number;
  readonly random: Random;
  readonly timers: Timers;
  readonly network: SimNetwork;
  readonly #engine: Engine;
  readonly #startMs: number;
  readonly #nodes = new Map<string, Node>();

  constructor({ seed, startMs, trace }: SimulationOptions) {
    this.seed = seed;
    this.#startMs = startMs ?? defaultStartMs;
    this.#engine = new Engine(trace);
    this.random = seededRandom(`${seed} test`);
    this.timers = timersOf(new Life('director', this.#engine, `${seed} director`));
    this.network = new SimNetwork(this.#engine, seededRandom(`${seed} network`));
  }

  get elapsedMs(): number {
    return this.#engine.nowMs;
  }

  get traceHash(): string {
    return this.#engine.trace.hash;
  }

  platform(name = 'node'): SimPlatform {
    const node = this.#nodes.get(name);
    if (node?.current.isAlive) return node.current;
    const machine = node?.machine ?? new DiskMachine();
    const clock = node?.clock ?? clockOf(this.#engine, this.#startMs);
    const lives = (node?.lives ?? 0) + 1;
    const life = new Life(name, this.#engine, `${this.seed} ${name} ${lives}`);
    const current = this.#start(life, machine, clock);
    this.#nodes.set(name, { machine, clock, lives, current });
    return current;
  }

  async advance(ms: number): Promise<void> {
    await this.#engine.run(this.elapsedMs + ms, () => false);
  }

  async runUntil(isDone: () => boolean, options: { readonly simMsMax?: number } = {}): Promise<void> {
    const simMsMax = options.simMsMax ?? defaultSimMsMax;
    if (await this.#engine.run(this.elapsedMs + simMsMax, isDone)) return;
    const why = this.#engine.hasEvents ? '' : '; nothing is left that could happen';
    throw new Error(`Still waiting after ${simMsMax} ms of simulated time, seed ${this.seed}${why}`);
  }

  async complete<Value>(promise: Promise<Value>, options?: { readonly simMsMax?: number }): Promise<Value> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.runUntil(() => isSettled, options);
    return promise;
  }

  #start(life: Life, machine: DiskMachine, clock: SimClock): SimPlatform {
    const end = (ending: Ending) => {
      if (!life.isAlive) return;
      life.end(ending);
      if (ending === 'power-loss') machine.volume.losePower(life.random);
    };
    return {
      name: life.name,
      clock,
      timers: timersOf(life),
      random: life.random,
      disk: new LifeDisk(life, machine),
      network: this.network.of(life),
      get isAlive() {
        return life.isAlive;
      },
      crash: () => end('crash'),
      powerLoss: () => end('power-loss'),
      stop: () => life.stop(),
      resume: () => life.resume(),
      trap: ({ matches = () => true, nth = 1, moment = 'before', spring }) =>
        life.setTrap({ matches, moment, spring, left: nth }),
    };
  }
}
