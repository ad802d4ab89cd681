import type { DiskTrap, SimPlatform, Simulation } from '@nagare/base/sim';
import { type Broker, type BrokerOptions, createBroker } from '@nagare/broker';

/** How long an operator takes to start a broker again that could not start. */
const retryMs = 1_000;

export interface BrokerNodeOptions {
  readonly sim: Simulation;
  /** The name of its machine, and the host that clients connect to. */
  readonly name: string;
  readonly port: number;
  readonly options: Omit<BrokerOptions, 'platform' | 'listen'>;
}

/** A broker on a machine of its own, with the operator who starts it again whenever it ends. */
export class BrokerNode {
  readonly name: string;
  readonly bootstrap: string;
  readonly #parts: BrokerNodeOptions;
  #broker: Broker | undefined;
  /** Counts starts and ends: what an earlier one has asked for no longer counts. */
  #turn = 0;
  #isDown = true;
  /** What has not happened yet; each life of the machine is told of it. */
  readonly #traps = new Set<DiskTrap>();
  /** How often it was started. */
  starts = 0;
  /** Why the last start failed, until one succeeds. */
  startError: unknown;

  constructor(parts: BrokerNodeOptions) {
    this.#parts = parts;
    this.name = parts.name;
    this.bootstrap = `${parts.name}:${parts.port}`;
  }

  get isUp(): boolean {
    return this.#broker !== undefined;
  }

  /** Its machine; a new process is begun there when the last has ended. */
  get platform(): SimPlatform {
    return this.#parts.sim.platform(this.name);
  }

  /** Starts it, again and again until it runs. */
  start(): void {
    this.#isDown = false;
    this.#turn += 1;
    const turn = this.#turn;
    this.starts += 1;
    const { name: host, port, options } = this.#parts;
    const { platform } = this;
    for (const trap of this.#traps) platform.trap(trap);
    createBroker({ ...options, platform, listen: { host, port } }).then(
      (broker) => {
        if (turn !== this.#turn) return;
        this.startError = undefined;
        this.#broker = broker;
      },
      (error: unknown) => {
        if (turn !== this.#turn) return;
        this.startError = error;
        this.end({ ending: 'crash', downMs: retryMs });
      },
    );
  }

  /** Lets something happen at an operation of its disk, once, whichever of its lives comes to it. */
  trap({ matches = () => true, nth = 1, moment = 'before', spring }: DiskTrap): void {
    let left = nth;
    const trap: DiskTrap = {
      moment,
      matches: (operation) => {
        if (!matches(operation)) return false;
        left -= 1;
        return left === 0;
      },
      spring: () => {
        this.#traps.delete(trap);
        spring();
      },
    };
    this.#traps.add(trap);
    if (!this.#isDown) this.platform.trap(trap);
  }

  /** Ends it the hard way, and starts it again after a while. */
  end({ ending, downMs }: { readonly ending: 'crash' | 'power-loss'; readonly downMs: number }): void {
    const { platform } = this;
    if (ending === 'crash') platform.crash();
    else platform.powerLoss();
    this.#startLater(downMs);
  }

  /** Stops it in order, as for maintenance, and starts it again when it has stopped or `patienceMs` is over. */
  restart({ patienceMs }: { readonly patienceMs: number }): void {
    const broker = this.#broker;
    if (broker === undefined) return;
    this.#broker = undefined;
    this.#turn += 1;
    const turn = this.#turn;
    const again = () => {
      if (turn === this.#turn) this.end({ ending: 'crash', downMs: 100 });
    };
    broker.stop().then(again, again);
    this.#parts.sim.timers.after(patienceMs, again);
  }

  /** Starts it now if it is down and would be started later. */
  hasten(): void {
    if (this.#isDown) this.start();
  }

  /** Stops it in order, for good. */
  async stop(): Promise<void> {
    const broker = this.#broker;
    this.#turn += 1;
    this.#broker = undefined;
    await broker?.stop();
  }

  #startLater(downMs: number): void {
    this.#isDown = true;
    this.#broker = undefined;
    this.#turn += 1;
    const turn = this.#turn;
    this.#parts.sim.timers.after(downMs, () => {
      if (turn === this.#turn) this.start();
    });
  }
}
