import { describe, expect, test } from 'vitest';
import { UsageError } from '../usage-error.ts';
import { lineParser } from './line-parser.ts';

const parse = (options: Parameters<typeof lineParser>[0], line: string) => {
  const { key, value, ...rest } = lineParser(options)(Buffer.from(line));
  return { key: key?.toString() ?? null, value: value?.toString() ?? null, ...rest };
};

describe('a line becomes a record', () => {
  test('without a key', () => {
    expect(parse({}, 'a:b')).toEqual({ key: null, value: 'a:b' });
  });

  test('with the fixed key', () => {
    expect(parse({ key: 'k' }, 'a:b')).toEqual({ key: 'k', value: 'a:b' });
  });

  test('cut at the first separator, and without a key where there is none', () => {
    expect(parse({ keySeparator: '::' }, 'a::b::c')).toEqual({ key: 'a', value: 'b::c' });
    expect(parse({ keySeparator: '::' }, 'abc')).toEqual({ key: null, value: 'abc' });
  });

  test('with null for an empty value when asked', () => {
    expect(parse({ keySeparator: ':', emptyIsNull: true }, 'a:')).toEqual({ key: 'a', value: null });
    expect(parse({ keySeparator: ':' }, 'a:')).toEqual({ key: 'a', value: '' });
  });

  test('with headers and a partition', () => {
    const headers = [{ key: 'h', value: Buffer.from('1=2') }];
    expect(parse({ header: ['h=1=2'], partition: 3 }, 'x')).toEqual({ key: null, value: 'x', headers, partition: 3 });
  });

  test.each([{ key: 'k', keySeparator: ':' }, { keySeparator: '' }, { header: ['novalue'] }])(
    'unless the options contradict each other: %j',
    (options) => {
      expect(() => lineParser(options)).toThrow(UsageError);
    },
  );
});
