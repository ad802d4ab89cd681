import { expect, test } from 'vitest';
import type { StreamsState } from '../config.ts';
import { stateOf } from './threads-state.ts';

test.each<[StreamsState[], StreamsState]>([
  [['RUNNING', 'RUNNING'], 'RUNNING'],
  [['RUNNING', 'REBALANCING'], 'REBALANCING'],
  [['RUNNING', 'CREATED'], 'REBALANCING'],
  // Threads that end do not count.
  [['RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING', 'PENDING_ERROR', 'ERROR'], 'RUNNING'],
  [[], 'RUNNING'],
])('an application whose threads are %j is %s', (threads, state) => {
  expect(stateOf(threads)).toBe(state);
});
