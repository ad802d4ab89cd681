import { expect, test } from 'vitest';
import { ReadBudget } from './read-cache.ts';

/** A row and what comes with it take about a hundred bytes. */
const rows = (count: number) => Array.from({ length: count }, (_, at) => [`key-${at}`, 'value'] as const);

test('caches share a budget: rows of one that are not read make room for those of another', () => {
  const budget = new ReadBudget(10_000);
  const [idle, busy] = [budget.open(), budget.open()];
  idle.set('a', '1');
  idle.set('b', '2');
  for (const [key, value] of rows(60)) busy.set(key, value);
  expect(idle.get('a')).toBe('1');
  for (const [key, value] of rows(60)) busy.set(`${key}!`, value);
  expect([idle.get('a'), idle.get('b')]).toEqual(['1', undefined]);
});

test('the last rows are kept, up to half of the budget, and the first ones are not', () => {
  const cache = new ReadBudget(10_000).open();
  const all = rows(1_000);
  for (const [key, value] of all) cache.set(key, value);
  const kept = all.filter(([key]) => cache.get(key) !== undefined).length;
  expect(kept).toBeGreaterThan(50);
  expect(kept).toBeLessThan(115);
  expect(cache.get('key-999')).toBe('value');
});

test('rows that are deleted, or whose cache is closed, leave their room to others', () => {
  const budget = new ReadBudget(10_000);
  const [kept, deleting, closed] = [budget.open(), budget.open(), budget.open()];
  kept.set('a', '1');
  for (let round = 0; round < 10; round += 1) {
    for (const [key, value] of rows(20)) deleting.set(key, value);
    for (const [key] of rows(20)) deleting.delete(key);
  }
  for (const [key, value] of rows(40)) closed.set(key, value);
  budget.close(closed);
  for (const [key, value] of rows(40)) deleting.set(key, value);
  expect(kept.youngBytes).toBeGreaterThan(0);
  expect(kept.get('a')).toBe('1');
});

test('deletes what lies below a bound', () => {
  const cache = new ReadBudget(10_000).open();
  for (const key of ['a', 'b', 'c']) cache.set(key, key);
  cache.deleteBelow('b');
  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([undefined, 'b', 'c']);
});
