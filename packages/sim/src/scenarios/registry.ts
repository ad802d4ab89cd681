import { adminChurn } from './admin-churn.ts';
import { bank } from './bank.ts';
import { compaction } from './compaction.ts';
import { exactlyOnce } from './exactly-once.ts';
import { groups } from './groups.ts';
import { produceConsume } from './produce-consume.ts';
import type { Scenario } from './scenario.ts';
import { streams } from './streams.ts';
import { transactions } from './transactions.ts';

/** Every scenario. */
export const scenarios: readonly Scenario[] = [
  produceConsume,
  groups,
  transactions,
  bank,
  exactlyOnce,
  compaction,
  adminChurn,
  streams,
];

/** @throws {RangeError} When there is none of that name. */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`Scenario must be one of ${scenarios.map((each) => each.name).join(', ')}, got ${name}`);
}
