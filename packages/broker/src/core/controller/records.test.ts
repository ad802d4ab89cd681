import { ProtocolError } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord, splitIntoBatches } from './records.ts';

const topic: MetadataRecord = { type: 'topicRecord', value: { name: 'foo', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' } };

describe('metadata records', () => {
  test("stand in Kafka's frame: frame version, type, version, fields", () => {
    const bytes = encodeMetadataRecord(topic);
    expect(bytes.toString('hex')).toBe(`010200${'04666f6f'}${'00'.repeat(15)}0100`);
    expect(decodeMetadataRecord(bytes)).toEqual(topic);
  });

  test('are refused when they are anything else', () => {
    const bytes = encodeMetadataRecord(topic);
    const bad = [
      Buffer.alloc(0),
      Buffer.concat([bytes, Buffer.of(0)]),
      bytes.subarray(0, -1),
      Buffer.concat([Buffer.of(0), bytes.subarray(1)]),
      Buffer.concat([Buffer.of(1, 99), bytes.subarray(2)]),
      Buffer.concat([Buffer.of(1, 2, 9), bytes.subarray(3)]),
    ];
    for (const each of bad) expect(() => decodeMetadataRecord(each)).toThrow(ProtocolError);
  });
});

describe('splitIntoBatches', () => {
  test('keeps the order and the limit, and gives a record that is too large a batch of its own', () => {
    const sized = (...sizes: number[]) => sizes.map((size) => Buffer.alloc(size));
    const sizes = splitIntoBatches(sized(4, 4, 4, 20, 1, 9), 10).map((batch) => batch.map(({ length }) => length));
    expect(sizes).toEqual([[4, 4], [4], [20], [1, 9]]);
    expect(splitIntoBatches([], 10)).toEqual([]);
  });
});
