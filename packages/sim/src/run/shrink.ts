import type { Plan } from './plan.ts';

/** Whether a plan still fails in the way that matters. */
export type StillFails = (plan: Plan) => Promise<boolean>;

/**
 * Makes a failing plan smaller as long as it fails: fewer faults, no fault kinds that do not matter, fewer clients,
 * fewer steps, no finale.
 *
 * @param runsMax - The most runs that it may take.
 */
export async function shrink(plan: Plan, stillFails: StillFails, runsMax: number): Promise<Plan> {
  const shrinker = new Shrinker(plan, stillFails, runsMax);
  let size: number;
  do {
    size = sizeOf(shrinker.plan);
    await shrinker.round();
  } while (sizeOf(shrinker.plan) < size && shrinker.hasRuns);
  return shrinker.plan;
}

/** How much there is to understand in a plan. */
export function sizeOf({ faults, clients, finale }: Plan): number {
  const steps = clients.reduce((sum, client) => sum + 1 + client.steps.length, 0);
  return faults.length + steps + (finale === 'none' ? 0 : 1);
}

class Shrinker {
  plan: Plan;
  readonly #stillFails: StillFails;
  #runsLeft: number;

  constructor(plan: Plan, stillFails: StillFails, runsMax: number) {
    this.plan = plan;
    this.#stillFails = stillFails;
    this.#runsLeft = runsMax;
  }

  get hasRuns(): boolean {
    return this.#runsLeft > 0;
  }

  async round(): Promise<void> {
    await this.#try({ ...this.plan, finale: 'none' });
    for (const kind of new Set(this.plan.faults.map((fault) => fault.kind))) {
      await this.#try({ ...this.plan, faults: this.plan.faults.filter((fault) => fault.kind !== kind) });
    }
    for (const { name } of [...this.plan.clients]) {
      await this.#try({ ...this.plan, clients: this.plan.clients.filter((client) => client.name !== name) });
    }
    await this.#thin(this.plan.faults, (faults) => ({ ...this.plan, faults }));
    for (const { name } of [...this.plan.clients]) {
      const steps = this.plan.clients.find((client) => client.name === name)?.steps ?? [];
      await this.#thin(steps, (left) => ({
        ...this.plan,
        clients: this.plan.clients.map((client) => (client.name === name ? { ...client, steps: left } : client)),
      }));
    }
  }

  /** Takes parts of a list away: halves, then quarters, down to one by one. */
  async #thin<Item>(items: readonly Item[], planWith: (items: readonly Item[]) => Plan): Promise<void> {
    let kept = items;
    for (
      let part = Math.ceil(kept.length / 2);
      part >= 1 && this.hasRuns;
      part = part === 1 ? 0 : Math.ceil(part / 2)
    ) {
      for (let from = 0; from < kept.length && this.hasRuns; ) {
        const left = [...kept.slice(0, from), ...kept.slice(from + part)];
        if (await this.#try(planWith(left))) kept = left;
        else from += part;
      }
    }
  }

  async #try(plan: Plan): Promise<boolean> {
    if (!this.hasRuns || sizeOf(plan) >= sizeOf(this.plan)) return false;
    this.#runsLeft -= 1;
    if (!(await this.#stillFails(plan))) return false;
    this.plan = plan;
    return true;
  }
}
