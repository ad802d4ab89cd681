import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatField, parseRecord, splitRecords } from './csv.ts';

const split = (text: string, fieldCount = 3) => [...splitRecords(text, fieldCount)];

describe('the fields of a record', () => {
  test.each([
    ['a,b,c', ['a', 'b', 'c']],
    ['', ['']],
    [',', ['', '']],
    ['"a","b"', ['a', 'b']],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""hi""",c', ['say "hi"', 'c']],
    ['"",""""', ['', '"']],
    ['"two\r\nlines",c', ['two\r\nlines', 'c']],
    [' a , b ', [' a ', ' b ']],
  ])('%j', (text, fields) => {
    expect(parseRecord(text)).toEqual({ fields });
  });

  test.each([
    ['"a', 'a quote that is never closed'],
    ['a,"b""', 'a quote that is never closed'],
    ['"a"b,c', 'text after the closing quote of field 1'],
    ['a,b"c', 'a quote inside the unquoted field b"c'],
  ])('%j is malformed', (text, fault) => {
    expect(parseRecord(text)).toEqual({ fault });
  });

  test('are what was written, whatever it was', () => {
    const field = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', 'a') }));
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        expect(parseRecord(fields.map(formatField).join())).toEqual({ fields });
      }),
    );
  });
});

describe('the records of a text', () => {
  test('have the number of the line on which they begin, at every kind of line end', () => {
    expect(split('a,b,c\r\nd,e,f\ng,h,i\rj,k,l')).toEqual([
      { line: 1, text: 'a,b,c' },
      { line: 2, text: 'd,e,f' },
      { line: 3, text: 'g,h,i' },
      { line: 4, text: 'j,k,l' },
    ]);
  });

  test('are counted with empty lines, which are none themselves', () => {
    expect(split('\n\na,b,c\n\nd,e,f\n\n')).toEqual([
      { line: 3, text: 'a,b,c' },
      { line: 5, text: 'd,e,f' },
    ]);
    expect(split('')).toEqual([]);
  });

  test('keep the line ends within quotes as they are', () => {
    expect(split('a,"b\r\n\nb",c\nd,e,f')).toEqual([
      { line: 1, text: 'a,"b\r\n\nb",c' },
      { line: 4, text: 'd,e,f' },
    ]);
  });

  test('survive a quote that is never closed', () => {
    const records = split('a,"b,c\nd,e,f\ng,h,i');
    expect(records.map(({ text }) => text)).toEqual(['a,"b,c', 'd,e,f', 'g,h,i']);
  });

  test('survive a quote that another stray quote would close', () => {
    const records = split('a,"b,c\nd,e,f\ng,"h",i\nj,k",l\nm,n,o');
    expect(records.map(({ text }) => text)).toEqual(['a,"b,c', 'd,e,f', 'g,"h",i', 'j,k",l', 'm,n,o']);
  });

  test('do not grow without bound', () => {
    const lines = ['"a', ...Array.from({ length: 20 }, (_, index) => `b${index}`), 'c",d,e'];
    expect(split(lines.join('\n'))).toHaveLength(lines.length);
  });

  test('are what was written, unless a field looks like a record', () => {
    const field = fc.string({ unit: fc.constantFrom('"', '\n', '\r', 'a', ' '), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field, field)), (rows) => {
        const texts = rows.map((row) => row.map(formatField).join());
        expect(split(texts.join('\n')).map(({ text }) => text)).toEqual(texts);
      }),
    );
  });
});
