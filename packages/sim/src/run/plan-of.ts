import { seededRandom } from '@nagare/base';
import { drawFaults } from '../faults/draw-faults.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Plan } from './plan.ts';

const finales = ['none', 'crash', 'power-loss', 'restart'] as const;

/** The plan that a seed stands for in a scenario. */
export function planOf(scenario: Scenario, seed: number): Plan {
  const random = seededRandom(`${seed} plan of ${scenario.name}`);
  const { setup, clients, faultsEndMs, without = [], parts = [] } = scenario.draw(random);
  const names = clients.map(({ name }) => name);
  const faults = drawFaults(random, { untilMs: faultsEndMs, clients: names, without, parts });
  const finale = finales[random.below(finales.length)] as Plan['finale'];
  return { scenario: scenario.name, seed, setup, clients, faults, faultsEndMs, finale };
}
