import { expect, test } from 'vitest';
import { murmur2, partitionForKey } from './murmur2.ts';

test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('the hash of %s is the one that Java computes', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('the bytes of a key count as unsigned', () => {
  expect(murmur2(Buffer.from([0xff, 0x80, 0xfe, 0x81, 0xfd]))).toBe(-503350417);
});

test('a negative hash gives a partition all the same', () => {
  expect(partitionForKey(Buffer.from('21'), 7)).toBe((-973932308 & 0x7fffffff) % 7);
  expect(partitionForKey(Buffer.from('abc'), 10)).toBe(7);
  for (let index = 0; index < 1000; index += 1) {
    const partition = partitionForKey(Buffer.from(`key ${index}`), 6);
    expect(partition).toBeGreaterThanOrEqual(0);
    expect(partition).toBeLessThan(6);
  }
});
