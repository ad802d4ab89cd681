import { expect, test } from 'vitest';
import { addressesOf, parseAddresses } from './addresses.ts';

test('reads addresses from a list, or from one text with commas', () => {
  const expected = [
    { host: 'a', port: 1 },
    { host: '::1', port: 2 },
    { host: 'c.d', port: 9092 },
  ];
  expect(parseAddresses('a:1, [::1]:2,c.d')).toEqual(expected);
  expect(parseAddresses(['PLAINTEXT://a:1', '[::1]:2', 'c.d'])).toEqual(expected);
});

test.each([[''], ['a:b'], ['a:0'], ['a:70000'], ['a b:1'], [' , ']])('refuses %j', (text) => {
  expect(() => parseAddresses(text)).toThrow(RangeError);
});

test('takes a broker of ours, and a function that tells', async () => {
  expect(await addressesOf({ bootstrapServers: 'a:1' })).toEqual([{ host: 'a', port: 1 }]);
  expect(await addressesOf(async () => ['b:2'])).toEqual([{ host: 'b', port: 2 }]);
});
