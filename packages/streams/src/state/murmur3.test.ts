import { expect, test } from 'vitest';
import { hash128 } from './murmur3.ts';

const hashOf = (text: string) => hash128(Buffer.from(text)).toString('hex');

test('hashes are those of the Murmur3 of Kafka Streams, whatever is left over behind the last block', () => {
  expect(hashOf('')).toBe('9d2764a018e329428c3cf3b035938518');
  expect(hashOf('v8')).toBe('a3c86b619b9eee890548b0ecfd1c07ae');
  expect(hashOf('abcdefgh')).toBe('c9e137e204bd98d798412524f285c8d5');
  expect(hashOf('abcdefghijklmno')).toBe('603d5a6bedf0d05ed3fc15238772c89f');
  expect(hashOf('abcdefghijklmnop')).toBe('03daa544af252b49ec7e65eed6ef622a');
  expect(hashOf('The quick brown fox jumps over the lazy dog, again and again')).toBe(
    'f9785a9686de24c885357f36c70ef607',
  );
});

test('bytes above 127 count as they are', () => {
  expect(hash128(Buffer.from(Array.from({ length: 47 }, (_, i) => 255 - i * 5))).toString('hex')).toBe(
    '91757689c6bc96555657f81364d6cfbe',
  );
});
