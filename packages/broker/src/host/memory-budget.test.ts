import { expect, test } from 'vitest';
import { MemoryBudget } from './memory-budget.ts';

const mib = 1024 * 1024;

test('a fetch gets what it asks for, or a quarter of what is left, and always one MiB', () => {
  const budget = new MemoryBudget(100 * mib);
  expect(budget.grant(20 * mib)).toBe(20 * mib);
  expect(budget.grant(50 * mib)).toBe(25 * mib);
  budget.count(40 * mib, 40 * mib);
  expect(budget.grant(50 * mib)).toBe(5 * mib);
  budget.count(100 * mib, 0);
  expect([budget.grant(50 * mib), budget.grant(10)]).toEqual([mib, 10]);
});

test('it is promised before it is used up, and free again when all is counted out', () => {
  const budget = new MemoryBudget(10);
  budget.count(6, 4);
  expect([budget.isUsedUp, budget.isPromised]).toEqual([false, true]);
  budget.count(4, -4);
  expect([budget.isUsedUp, budget.isPromised]).toEqual([true, true]);
  budget.count(-10, 0);
  expect([budget.isUsedUp, budget.isPromised]).toEqual([false, false]);
});
