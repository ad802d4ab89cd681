import { expect, test } from 'vitest';
import { Probing } from './probing.ts';

const all = () => true;
const none = () => false;

test('a member asks as soon as it has caught up with a task, and once for each', () => {
  const probing = new Probing(1_000);
  probing.expect(['0_0', '0_1'], 0);
  expect(probing.isDue(none, 10)).toBe(false);
  expect(probing.isDue((taskId) => taskId === '0_1', 20)).toBe(true);
  expect(probing.isDue((taskId) => taskId === '0_1', 30)).toBe(false);
  expect(probing.isDue(all, 40)).toBe(true);
});

test('what the group does not give although it was asked for is asked for again after the interval', () => {
  const probing = new Probing(1_000);
  probing.expect(['0_0'], 0);
  expect(probing.isDue(all, 10)).toBe(true);
  probing.expect(['0_0'], 20);
  expect(probing.isDue(all, 1_019)).toBe(false);
  expect(probing.isDue(all, 1_020)).toBe(true);
});

test('nobody asks when nothing is awaited', () => {
  const probing = new Probing(1_000);
  expect(probing.isDue(all, 1_000_000)).toBe(false);
  probing.expect(['0_0'], 0);
  probing.expect([], 10);
  expect(probing.isDue(all, 1_000_000)).toBe(false);
});

test('a task that is awaited anew is asked for at once', () => {
  const probing = new Probing(1_000);
  probing.expect(['0_0'], 0);
  expect(probing.isDue(all, 1)).toBe(true);
  probing.expect([], 2);
  probing.expect(['0_0'], 3);
  expect(probing.isDue(all, 4)).toBe(true);
});
