import { expect, test } from 'vitest';
import { parseTaskId, taskIdOf } from './task-id.ts';

test('the name of a task says which it is', () => {
  expect(taskIdOf(12, 3)).toBe('12_3');
  expect(parseTaskId('12_3')).toEqual({ subTopology: 12, partition: 3 });
});

test('other texts name no task', () => {
  for (const text of ['', '1', '1_', '_1', '1_a', '1_2_3', 'process-id']) expect(parseTaskId(text)).toBeUndefined();
});
