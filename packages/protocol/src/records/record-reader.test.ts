import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { sealCrc } from './batch-header.ts';
import { compressionTypes, prepareCompression } from './compression/registry.ts';
import type { RecordDraft } from './record.ts';
import { RecordReader, readRecords } from './record-reader.ts';
import { encodeBatch } from './record-writer.ts';

beforeAll(() => prepareCompression(compressionTypes));

const records: readonly RecordDraft[] = [
  { timestamp: 1000, key: Buffer.from('key'), value: Buffer.from('value') },
  { timestamp: 1001, key: null, value: null, headers: [{ key: 'h', value: Buffer.from('1') }] },
  { timestamp: 999, key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [{ key: '', value: null }] },
];

const headerBytes = 61;

/** A batch with these record bytes and this count, sealed. */
function batchOf(hex: string, count = 1): Buffer {
  const batch = Buffer.concat([encodeBatch({}, []), Buffer.from(hex.replaceAll(' ', ''), 'hex')]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(count, 57);
  sealCrc(batch);
  return batch;
}

describe('a reader', () => {
  test('moves from record to record, and says lengths without making slices', () => {
    const reader = new RecordReader(encodeBatch({}, records));
    const seen: unknown[] = [];
    while (reader.next()) seen.push([reader.offset, reader.timestamp, reader.keyLength, reader.valueLength]);
    expect(seen).toEqual([
      [0, 1000, 3, 5],
      [1, 1001, -1, -1],
      [2, 999, 0, 0],
    ]);
    expect(reader.next()).toBe(false);
  });

  test('gives slices of the batch, not copies', () => {
    const batch = encodeBatch({}, records);
    const reader = new RecordReader(batch);
    reader.next();
    expect(reader.value()?.buffer).toBe(batch.buffer);
    expect(reader.headers()).toEqual([]);
  });

  test('reads no further than its batch', () => {
    const batch = encodeBatch({}, records);
    expect(readRecords(Buffer.concat([batch, Buffer.from('the next one')]))).toHaveLength(3);
  });

  test.each(compressionTypes)(
    'finds nothing in a batch that compaction emptied, whatever its attributes (%s)',
    (type) => {
      const batch = encodeBatch({}, []);
      batch.writeInt16BE(compressionTypes.indexOf(type), 21);
      expect(readRecords(batch)).toEqual([]);
    },
  );

  test('inflates no more than it is told', () => {
    const value = Buffer.alloc(10_000);
    for (const compression of compressionTypes) {
      if (compression === 'none') continue;
      const batch = encodeBatch({ compression }, [{ timestamp: 0, key: null, value }]);
      expect(readRecords(batch, { decompressBytesMax: 10_100 })).toHaveLength(1);
      const read = () => readRecords(batch, { decompressBytesMax: 9_999 });
      expect(read).toThrow(expect.objectContaining({ kind: 'too-large' }));
    }
  });
});

describe('bad bytes', () => {
  test.each([
    ['a record of no bytes', '00', 1, 'cannot have 0 bytes'],
    ['a record of negative length', '01', 1, 'cannot have -1 bytes'],
    ['a record longer than the batch', '7e 00', 1, 'cannot have 63 bytes'],
    ['a record of 2 GiB', 'feffffff0f 00 00 00 01 01 00', 1, 'cannot have 2147483647 bytes'],
    ['a key longer than its record', '0c 00 00 00 06 01 00 000000', 1, 'field of 3 bytes'],
    ['a value longer than its record', '0c 00 00 00 01 06 00 000000', 1, 'field of 3 bytes'],
    ['a record that is longer than its fields', '0e 00 00 00 01 01 00 00', 1, 'ends elsewhere'],
    ['a record that is shorter than its fields', '0a 00 00 00 01 01 00', 1, 'ends elsewhere'],
    ['more headers than bytes', '0e 00 00 00 01 01 04 0000', 1, 'cannot have 2 headers'],
    ['a negative number of headers', '0c 00 00 00 01 01 01', 1, 'cannot have -1 headers'],
    ['a header without a key', '10 00 00 00 01 01 02 01 01', 1, 'header without a key'],
    ['a header longer than its record', '10 00 00 00 01 01 02 7e 01', 1, 'field of 63 bytes'],
    ['a header value longer than its record', '10 00 00 00 01 01 02 00 7e', 1, 'field of 63 bytes'],
    ['a length that does not end', 'ffffffffffff', 1, 'longer than 5 bytes'],
    ['bytes after the last record', '0c 00 00 00 01 01 00 ff', 1, 'Bytes follow'],
    ['bytes without a record', 'ff', 0, 'Bytes follow'],
    ['fewer records than are said', '0c 00 00 00 01 01 00', 2, 'end inside a varint'],
    ['a negative number of records', '0c 00 00 00 01 01 00', -1, 'cannot have -1 records'],
  ])('%s are refused', (_, hex, count, message) => {
    const read = () => readRecords(batchOf(hex, count));
    expect(read).toThrow(ProtocolError);
    expect(read).toThrow(message);
  });

  test('of another format are refused', () => {
    const batch = encodeBatch({}, records);
    batch.writeInt8(1, 16);
    expect(() => readRecords(batch)).toThrow(expect.objectContaining({ kind: 'unsupported' }));
  });

  test.each(compressionTypes)(
    'that end early throw the error of the protocol, wherever that is (%s)',
    (compression) => {
      const batch = encodeBatch({ compression }, records);
      for (let length = 0; length < batch.length; length += 1) {
        const short = Buffer.from(batch.subarray(0, length));
        expect(() => readRecords(short)).toThrow(ProtocolError);
        if (length < headerBytes) continue;
        short.writeInt32BE(length - 12, 8);
        expect(() => readRecords(short)).toThrow(ProtocolError);
      }
    },
  );

  test.each(compressionTypes)('throw nothing else, whatever is changed (%s)', (compression) => {
    const batch = encodeBatch({ compression }, records);
    const change = fc.tuple(fc.nat(batch.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const changed = Buffer.from(batch);
        for (const [at, byte] of changes) changed[at] = byte;
        try {
          readRecords(changed, { decompressBytesMax: 100_000 });
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 400 },
    );
  });
});
