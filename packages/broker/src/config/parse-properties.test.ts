import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProperties } from './parse-properties.ts';

describe('parseProperties', () => {
  test.each([
    ['a=1', { a: '1' }],
    ['a = 1 ', { a: '1 ' }],
    ['a:1\nb 2\nc', { a: '1', b: '2', c: '' }],
    ['# no\n  ! nor this\n\n \t\na=1', { a: '1' }],
    ['a=1\\\n   2\\\r\n 3\nb=4', { a: '123', b: '4' }],
    ['a=x\\\\\nb=2', { a: 'x\\', b: '2' }],
    ['a\\=b\\:c\\ d=e=f', { 'a=b:c d': 'e=f' }],
    ['a=\\t\\n\\u0041\\z', { a: '\t\nAz' }],
    ['a=1\na=2', { a: '2' }],
    ['a=1\\', { a: '1' }],
    ['a=1\\\n# kept', { a: '1# kept' }],
    ['=v', { '': 'v' }],
  ])('reads %j', (text, expected) => {
    expect(Object.fromEntries(parseProperties(text))).toEqual(expected);
  });

  test('refuses a \\u without four digits', () => {
    expect(() => parseProperties('a=\\u12x4')).toThrow(new SyntaxError('\\u needs four hexadecimal digits, got 12x4'));
  });

  test('gives back whatever was escaped', () => {
    const escaped = (text: string) =>
      [...text]
        .map((_, at) => text.charCodeAt(at))
        .map((code) => `\\u${code.toString(16).padStart(4, '0')}`)
        .join('');
    const word = fc.string().map((text) => [...text].filter((letter) => letter.length === 1).join(''));
    fc.assert(
      fc.property(word, word, (key, value) => {
        expect(parseProperties(`${escaped(key)}=${escaped(value)}`).get(key) ?? '').toBe(
          key === '' && value === '' ? '' : value,
        );
      }),
    );
  });
});
