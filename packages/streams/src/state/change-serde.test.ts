import { string } from '@nagare/serdes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Change } from '../change.ts';
import { changeSerde } from './change-serde.ts';

const serde = changeSerde(string);
const hex = (change: Change<string>) => serde.serialize('t', change)?.toString('hex');

test('a change has the bytes that Kafka Streams gives it', () => {
  expect(hex(new Change('ab', null))).toBe('616201');
  expect(hex(new Change<string>(null, 'ab'))).toBe('616200');
  expect(hex(new Change('ab', 'c'))).toBe('0461626302');
  expect(hex(new Change('x'.repeat(64), 'c'))).toBe(`8001${'78'.repeat(64)}6302`);
});

test('a change comes back as it was', () => {
  const text = fc.option(fc.string({ maxLength: 300 }));
  fc.assert(
    fc.property(text, text, (now, before) => {
      fc.pre(now !== null || before !== null);
      const change = new Change(now, before);
      expect(serde.deserialize('t', serde.serialize('t', change))).toEqual(change);
    }),
  );
});

test('a change of a versioned table says whether it is the latest', () => {
  expect(serde.deserialize('t', Buffer.from('61620004', 'hex'))).toEqual(new Change('ab', null, false));
  expect(serde.deserialize('t', Buffer.from('046162630105', 'hex'))).toEqual(new Change('ab', 'c', true));
});

test('bytes that no change has are refused', () => {
  for (const bytes of ['', '06', 'ff616202']) {
    expect(() => serde.deserialize('t', Buffer.from(bytes, 'hex'))).toThrow(
      expect.objectContaining({ code: 'NAGARE_SERDES_BAD_BYTES' }),
    );
  }
  expect(() => serde.serialize('t', new Change<string>(null, null))).toThrow(/no row to no row/);
});
