import type { SimPlatform, Simulation } from '@nagare/base/sim';
import { type Client, createClient } from '@nagare/client';
import type { ClientPlan, Step } from '../run/plan.ts';

/** One process of a client, from its start to its end or crash. */
export interface ClientRun {
  readonly plan: ClientPlan;
  readonly platform: SimPlatform;
  readonly client: Client;
  /** The next thing to do, which no other process of this client does; undefined at the end. */
  next(): Step | undefined;
  sleep(ms: number): Promise<void>;
}

export type ClientBody = (run: ClientRun) => Promise<void>;

/** A client of the plan: its steps outlive its processes, which come one after the other, or, as zombies, beside each other. */
export class ClientNode {
  readonly name: string;
  readonly plan: ClientPlan;
  readonly #parts: { readonly sim: Simulation; readonly bootstrap: string; readonly body: ClientBody };
  readonly #platforms: SimPlatform[] = [];
  #done = 0;
  /** The processes whose work has not ended; a dead one counts until its successor runs. */
  readonly #running = new Set<SimPlatform>();
  #starts = 0;
  /** What a process ended with that no client may end with: a bug of the scenario or of the client. */
  readonly failures: unknown[] = [];

  constructor(
    plan: ClientPlan,
    parts: { readonly sim: Simulation; readonly bootstrap: string; readonly body: ClientBody },
  ) {
    this.name = plan.name;
    this.plan = plan;
    this.#parts = parts;
  }

  get isDone(): boolean {
    return this.#running.size === 0;
  }

  /** The machine of its newest process. */
  get platform(): SimPlatform | undefined {
    return this.#platforms.at(-1);
  }

  /** Starts a process, on a machine of its own unless it is told on which. */
  start(machine?: string): void {
    const { sim, bootstrap, body } = this.#parts;
    this.#starts += 1;
    const platform = sim.platform(machine ?? `${this.name}-${this.#starts}`);
    this.#platforms.push(platform);
    this.#running.add(platform);
    const run: ClientRun = {
      plan: this.plan,
      platform,
      client: createClient({ brokers: bootstrap, clientId: this.name, platform, connectTimeoutMs: 2_000 }),
      next: () => this.plan.steps[this.#done++],
      sleep: (ms) =>
        new Promise((resolve) => {
          platform.timers.after(ms, resolve);
        }),
    };
    body(run).then(
      () => {
        this.#running.delete(platform);
      },
      (error: unknown) => {
        this.#running.delete(platform);
        this.failures.push(error);
      },
    );
  }

  /**
   * Kills its newest process; another goes on with the steps after `downMs`: on a new machine, or where the plan's `machine`
   * is `crash` or `power-loss`, on the same one, which has lost its power in the latter case.
   */
  crash({ downMs }: { readonly downMs: number }): void {
    const { platform } = this;
    if (platform === undefined || !platform.isAlive || !this.#running.has(platform)) return;
    const { machine = 'new' } = this.plan.options;
    if (machine === 'power-loss') platform.powerLoss();
    else platform.crash();
    this.#parts.sim.timers.after(downMs, () => {
      this.#running.delete(platform);
      this.start(machine === 'new' ? undefined : platform.name);
    });
  }

  /** Lets all its processes go on. */
  resume(): void {
    for (const platform of this.#platforms) platform.resume();
  }

  /** Stops its newest process for `ms`; with a successor that is started meanwhile, it comes back as a zombie. */
  pause({ ms, hasSuccessor }: { readonly ms: number; readonly hasSuccessor: boolean }): void {
    const { platform } = this;
    if (platform === undefined || !platform.isAlive || !this.#running.has(platform)) return;
    platform.stop();
    this.#parts.sim.timers.after(ms, () => platform.resume());
    if (hasSuccessor) this.#parts.sim.timers.after(ms / 2, () => this.start());
  }
}
