import type { Simulation } from '@nagare/base/sim';
import type { BrokerNode } from './broker-node.ts';

/** How bad the network and the broker's disk are. */
export interface Conditions {
  readonly resetRate: number;
  readonly refuseRate: number;
  readonly cutRate: number;
  readonly latencyMs: number;
  readonly syncMs: number;
}

const fine: Conditions = { resetRate: 0, refuseRate: 0, cutRate: 0, latencyMs: 0.5, syncMs: 1 };

/** What the faults that go on at a time make of network and disk: of each property the worst. */
export class Weather {
  readonly #sim: Simulation;
  readonly #broker: BrokerNode;
  readonly #active = new Set<Partial<Conditions>>();

  constructor(sim: Simulation, broker: BrokerNode) {
    this.#sim = sim;
    this.#broker = broker;
  }

  /** Makes something worse for a while. */
  worsen(conditions: Partial<Conditions>, ms: number): void {
    this.#active.add(conditions);
    this.#apply();
    this.#sim.timers.after(ms, () => {
      this.#active.delete(conditions);
      this.#apply();
    });
  }

  clear(): void {
    this.#active.clear();
    this.#apply();
  }

  #apply(): void {
    const worst = { ...fine };
    for (const conditions of this.#active) {
      for (const [name, value] of Object.entries(conditions) as [keyof Conditions, number][]) {
        worst[name] = Math.max(worst[name], value);
      }
    }
    const { resetRate, refuseRate, cutRate, latencyMs, syncMs } = worst;
    Object.assign(this.#sim.network.faults, { resetRate, refuseRate, cutRate, latencyMs: [0.05, latencyMs] });
    this.#broker.platform.disk.faults.syncMs = [0.1, syncMs];
  }
}
