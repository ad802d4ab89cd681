import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeOffsetMetadata, encodeOffsetMetadata } from './offset-metadata.ts';

test('the metadata is that of Kafka Streams: a version, the partition time, and times by name', () => {
  expect(encodeOffsetMetadata({ partitionTimeMs: 5, nodeTimesMs: new Map() })).toBe('AgAAAAAAAAAF');
  const text = encodeOffsetMetadata({ partitionTimeMs: -1, nodeTimesMs: new Map([['n', 7]]) });
  expect(Buffer.from(text, 'base64').toString('hex')).toBe('02ffffffffffffffff00000001000000016e0000000000000007');
});

test('the metadata is read as it was written', () => {
  const times = fc.array(fc.tuple(fc.string(), fc.maxSafeInteger()));
  fc.assert(
    fc.property(fc.maxSafeInteger(), times, (partitionTimeMs, entries) => {
      const metadata = { partitionTimeMs, nodeTimesMs: new Map(entries) };
      expect(decodeOffsetMetadata(encodeOffsetMetadata(metadata))).toEqual(metadata);
    }),
  );
});

test('anything else counts as nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(() => decodeOffsetMetadata(Buffer.from(bytes).toString('base64'))).not.toThrow();
    }),
  );
  for (const text of ['', 'x', 'AgAA', 'CQAAAAAAAAAF']) {
    expect(decodeOffsetMetadata(text)).toEqual({ partitionTimeMs: -1, nodeTimesMs: new Map() });
  }
  expect(decodeOffsetMetadata('AQAAAAAAAAAF')).toEqual({ partitionTimeMs: 5, nodeTimesMs: new Map() });
});
