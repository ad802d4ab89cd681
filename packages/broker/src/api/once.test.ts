import { expect, test } from 'vitest';
import { once } from './once.ts';

test('what is named again is made once', () => {
  const asked: string[] = [];
  const describe = once((name: string) => {
    asked.push(name);
    return { name };
  });
  const [first, other, again] = ['a', 'b', 'a'].map(describe);
  expect([first, other]).toEqual([{ name: 'a' }, { name: 'b' }]);
  expect(again).toBe(first);
  expect(asked).toEqual(['a', 'b']);
});

test('an answer of undefined is an answer', () => {
  let asked = 0;
  const nothing = once(() => {
    asked += 1;
  });
  expect([nothing('a'), nothing('a')]).toEqual([undefined, undefined]);
  expect(asked).toBe(1);
});
