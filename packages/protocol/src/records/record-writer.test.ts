import { AssertionError } from '@nagare/base';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchSize, isCrcValid, maxTimestamp, readBatchHeader, recordCount } from './batch-header.ts';
import { compressionTypes, prepareCompression } from './compression/registry.ts';
import { readRecords } from './record-reader.ts';
import { BatchBuilder, encodeBatch } from './record-writer.ts';

beforeAll(() => prepareCompression(compressionTypes));

const bytes = fc.option(fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)));
const record = fc.record({
  timestamp: fc.oneof(fc.integer({ min: -1, max: 2 ** 42 }), fc.maxSafeInteger().map(Math.abs)),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: bytes }), { maxLength: 3 }),
});

describe('a batch', () => {
  test('gives back any records, with any compression', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(...compressionTypes),
        (drafts, compression) => {
          // Beyond 2^53 a difference of timestamps is rounded, so all are as near to the first as Kafka's are.
          const records = drafts.filter(({ timestamp }) => Number.isSafeInteger(timestamp - drafts[0]!.timestamp));
          const batch = encodeBatch({ compression }, records);
          expect(isCrcValid(batch)).toBe(true);
          expect(batchSize(batch)).toBe(batch.length);
          expect(maxTimestamp(batch)).toBe(Math.max(...records.map(({ timestamp }) => timestamp)));
          expect(readRecords(batch)).toEqual(records.map((draft, offset) => ({ offset, ...draft })));
        },
      ),
    );
  });

  test('takes records until it is full, and says exactly how long it is', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 61, max: 4000 }),
        (records, bytesMax) => {
          const builder = new BatchBuilder({ bytesMax });
          const taken = records.findIndex((draft) => !builder.append(draft));
          const count = taken === -1 ? records.length : taken;
          expect(count).toBeGreaterThan(0);
          expect(builder.count).toBe(count);
          const { byteLength } = builder;
          if (count > 1) expect(byteLength).toBeLessThanOrEqual(bytesMax);
          const batch = builder.build();
          expect(batch.length).toBe(byteLength);
          expect(recordCount(batch)).toBe(count);
        },
      ),
    );
  });

  test('grows with its records', () => {
    const value = Buffer.alloc(1000, 'x');
    const builder = new BatchBuilder({ bytesMax: 1_000_000 });
    let count = 0;
    while (builder.append({ timestamp: count, key: null, value })) count += 1;
    const records = readRecords(builder.build());
    expect(records).toHaveLength(count);
    expect(count).toBe(989);
    expect(records.every((each, index) => each.timestamp === index && each.value?.equals(value))).toBe(true);
  });

  test('takes a first record of any length', () => {
    const builder = new BatchBuilder({ bytesMax: 100 });
    const value = Buffer.alloc(300_000);
    expect(builder.append({ timestamp: 0, key: null, value })).toBe(true);
    expect(builder.append({ timestamp: 0, key: null, value: null })).toBe(false);
    expect(readRecords(builder.build())[0]?.value?.equals(value)).toBe(true);
  });

  test('is told its producer as late as it is built', () => {
    const state = { producerId: 2 ** 40, producerEpoch: 3, baseSequence: 12 };
    const builder = new BatchBuilder({ isTransactional: true });
    builder.append({ timestamp: 0, key: null, value: null });
    builder.setProducerState(state);
    expect(readBatchHeader(builder.build())).toMatchObject({ ...state, isTransactional: true, isControl: false });
  });

  test('does not keep much more memory than it has bytes', () => {
    const builder = new BatchBuilder();
    for (let index = 0; index < 100; index += 1) builder.append({ timestamp: 0, key: null, value: Buffer.alloc(50) });
    const batch = builder.build();
    expect(batch.buffer.byteLength).toBeLessThan(batch.length * 2);
  });

  test('is built once, and takes no records then', () => {
    const builder = new BatchBuilder();
    const draft = { timestamp: 0, key: null, value: Buffer.from('v') };
    builder.append(draft);
    const batch = builder.build();
    const copy = Buffer.from(batch);
    expect(() => builder.append(draft)).toThrow(AssertionError);
    expect(() => builder.build()).toThrow(AssertionError);
    expect(batch.equals(copy)).toBe(true);
  });
});
