import { expect, test } from 'vitest';
import { headersFrom } from './record.ts';

const bytes = (text: string) => Buffer.from(text);

test('reads headers from an object, where a list repeats the name', () => {
  const headers = headersFrom({ a: 'x', b: ['1', bytes('2'), null], c: undefined, d: null });
  expect(headers).toEqual([
    { key: 'a', value: bytes('x') },
    { key: 'b', value: bytes('1') },
    { key: 'b', value: bytes('2') },
    { key: 'b', value: null },
    { key: 'd', value: null },
  ]);
});

test('reads headers from entries in their order, and takes a list as it is', () => {
  expect(
    headersFrom([
      ['b', 'x'],
      ['a', null],
      ['b', bytes('y')],
    ]),
  ).toEqual([
    { key: 'b', value: bytes('x') },
    { key: 'a', value: null },
    { key: 'b', value: bytes('y') },
  ]);
  expect(headersFrom(new Map([['a', 'x']]))).toEqual([{ key: 'a', value: bytes('x') }]);
  expect(headersFrom([{ key: 'a', value: null }])).toEqual([{ key: 'a', value: null }]);
});
