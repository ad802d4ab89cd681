import { expect, test } from 'vitest';
import { oncePerName } from './once-per-name.ts';

test('names are described in their order, and each once', () => {
  const asked: string[] = [];
  const describe = (name: string) => {
    asked.push(name);
    return { name };
  };
  const [first, other, again] = oncePerName(['a', 'b', 'a'], describe);
  expect([first, other]).toEqual([{ name: 'a' }, { name: 'b' }]);
  expect(again).toBe(first);
  expect(asked).toEqual(['a', 'b']);
});
