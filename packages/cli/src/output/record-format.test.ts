import { describe, expect, test } from 'vitest';
import { UsageError } from '../usage-error.ts';
import { jsonLine, type PrintableRecord, parseFormat } from './record-format.ts';

const record: PrintableRecord = {
  topic: 'orders',
  partition: 2,
  offset: 41,
  timestamp: 1_700_000_000_000,
  key: Buffer.from('k'),
  value: Buffer.from('流'),
  headers: [
    { key: 'trace', value: Buffer.from('1') },
    { key: 'gone', value: null },
  ],
};
const format = (text: string, of: PrintableRecord = record) => parseFormat(text)(of).toString();

describe('a format', () => {
  test('knows every token of kcat, and %v for the value', () => {
    expect(format('%t|%p|%o|%T|%k|%K|%v|%s|%S|%h|%%')).toBe(
      'orders|2|41|1700000000000|k|1|流|流|3|trace=1,gone=NULL|%',
    );
  });

  test('understands escapes', () => {
    expect(parseFormat('a\\n\\r\\t\\0\\\\\\x41\\xff')(record)).toEqual(Buffer.from('a\n\r\t\0\\A\xff', 'latin1'));
  });

  test('prints nothing for a null key or value, and -1 for its length', () => {
    expect(format('[%k][%v]%K,%S', { ...record, key: null, value: null })).toBe('[][]-1,-1');
  });

  test('keeps bytes that are not UTF-8', () => {
    const value = Buffer.from([0xff, 0x00, 0xfe]);
    expect(parseFormat('%v')({ ...record, value })).toEqual(value);
  });

  test.each(['%x', '%', '\\q', '\\', '%constructor'])('refuses %j', (text) => {
    expect(() => parseFormat(text)).toThrow(UsageError);
  });
});

test('a line of JSON holds the whole record', () => {
  const line = jsonLine({ ...record, key: null }).toString();
  expect(line.endsWith('\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({
    topic: 'orders',
    partition: 2,
    offset: 41,
    timestamp: 1_700_000_000_000,
    key: null,
    value: '流',
    headers: [
      { key: 'trace', value: '1' },
      { key: 'gone', value: null },
    ],
  });
});
