import { afterEach, expect, test, vi } from 'vitest';
import { boundHeapGrowth } from './heap-growth.ts';

const heap = vi.hoisted(() => ({ usedBytes: 0, flags: [] as string[] }));
vi.mock('node:v8', () => ({
  getHeapStatistics: () => ({ used_heap_size: heap.usedBytes }),
  setFlagsFromString: (flag: string) => heap.flags.push(flag),
}));

afterEach(() => {
  vi.useRealTimers();
});

test('a heap may grow by 96 MiB, and double when it is large', () => {
  vi.useFakeTimers();
  heap.usedBytes = 8 * 2 ** 20;
  boundHeapGrowth();
  heap.usedBytes = 16 * 2 ** 20;
  vi.advanceTimersByTime(2_000);
  heap.usedBytes = 2 ** 30;
  vi.advanceTimersByTime(2_000);
  const percents = [1200, 600, 100];
  expect(heap.flags).toEqual(percents.map((percent) => `--heap-growing-percent=${percent}`));
});
