import { expect, test } from 'vitest';
import { serdeSuite } from './contracts/serde-suite.ts';
import { string } from './string.ts';
import { sessionWindowed, windowed } from './windowed.ts';

serdeSuite('windowed', {
  serde: windowed(string, 60_000),
  samples: [
    [{ key: 'a', window: { start: 0, end: 60_000 } }, '610000000000000000'],
    [{ key: 'a', window: { start: 1_700_000_040_000, end: 1_700_000_100_000 } }, '610000018bcfe60440'],
    [{ key: '', window: { start: 60_000, end: 120_000 } }, '000000000000ea60'],
  ],
  badBytes: ['', '00000000000000'],
});

serdeSuite('sessionWindowed', {
  serde: sessionWindowed(string),
  samples: [
    [{ key: 'a', window: { start: 0, end: 60_000 } }, `61${'000000000000ea60'}${'0000000000000000'}`],
    [{ key: '', window: { start: 60_000, end: 60_000 } }, `${'000000000000ea60'}${'000000000000ea60'}`],
  ],
  badBytes: ['', '000000000000000000000000000000'],
});

test('all sessions of a key are partitioned by the key alone', () => {
  const serde = sessionWindowed(string);
  const bytes = serde.serialize('t', { key: 'a', window: { start: 60_000, end: 120_000 } });
  expect(bytes && serde.partitionPart?.(bytes)).toEqual(Buffer.from('a'));
});

test('a window without size is refused', () => {
  expect(() => windowed(string, 0)).toThrow(RangeError);
});

test('all windows of a key are partitioned by the key alone', () => {
  const serde = windowed(string, 60_000);
  const bytes = serde.serialize('t', { key: 'a', window: { start: 60_000, end: 120_000 } });
  expect(bytes && serde.partitionPart?.(bytes)).toEqual(Buffer.from('a'));
});
