import { describe, expect, test } from 'vitest';
import { sealCrc } from './batch-header.ts';
import { checkBatch, splitBatches } from './batch-iterator.ts';
import { encodeBatch } from './record-writer.ts';

const record = { timestamp: 1000, key: null, value: Buffer.from('value') };
const first = encodeBatch({}, [record]);
const second = encodeBatch({ compression: 'gzip' }, [record, record]);

describe('fetched bytes', () => {
  test('are cut into whole batches, wherever the last is cut off', () => {
    const both = Buffer.concat([first, second]);
    for (let length = 0; length <= both.length; length += 1) {
      const expected = length < first.length ? [] : length < both.length ? [first] : [first, second];
      expect(splitBatches(both.subarray(0, length))).toEqual(expected);
    }
  });

  test.each([-12, -1, 0, 13])('with a batch that says it has %i bytes more are refused', (length) => {
    const broken = Buffer.from(first);
    broken.writeInt32BE(length, 8);
    expect(() => splitBatches(Buffer.concat([second, broken]))).toThrow(expect.objectContaining({ kind: 'corrupt' }));
  });

  test('are not copied', () => {
    const bytes = Buffer.from(first);
    expect(splitBatches(bytes)[0]?.buffer).toBe(bytes.buffer);
  });
});

describe('a batch to produce', () => {
  const check = (batch: Buffer) => checkBatch(batch, 0, batch.length);

  function changed(change: (batch: Buffer) => void): Buffer {
    const batch = Buffer.from(second);
    change(batch);
    sealCrc(batch);
    return batch;
  }

  test('is sound as it was built, in a larger buffer too', () => {
    expect(check(first)).toBeUndefined();
    expect(check(second)).toBeUndefined();
    expect(checkBatch(Buffer.concat([first, second]), first.length, second.length)).toBeUndefined();
  });

  test('fills its bytes exactly', () => {
    for (let length = 0; length < second.length; length += 1) {
      expect(checkBatch(second.subarray(0, length), 0, length)).toBe('length');
    }
    expect(check(Buffer.concat([first, second]))).toBe('length');
    expect(checkBatch(first, 0, first.length + 1)).toBe('length');
  });

  test('has a checksum that catches any changed bit after it', () => {
    for (let bit = 17 * 8; bit < second.length * 8; bit += 1) {
      const batch = Buffer.from(second);
      batch[bit >> 3] = batch[bit >> 3]! ^ (1 << (bit & 7));
      expect(check(batch)).toBe('crc');
    }
  });

  test('has magic 2', () => {
    expect(check(changed((batch) => batch.writeInt8(1, 16)))).toBe('magic');
  });

  test('has a compression that Kafka knows', () => {
    expect(check(changed((batch) => batch.writeInt16BE(5, 21)))).toBe('codec');
  });

  test.each([
    [0, -1],
    [-1, -2],
    [3, 1],
    [2, 2],
    [2, -2147483648],
  ])('has no %i records with a last offset delta of %i', (count, delta) => {
    const batch = changed((bytes) => {
      bytes.writeInt32BE(count, 57);
      bytes.writeInt32BE(delta, 23);
    });
    expect(check(batch)).toBe('count');
  });
});
