import { encodeBatch, setBaseOffset } from '@nagare/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScriptedPartition } from '../testing/scripted-partition.ts';
import { FetchedRecords, offsetAfter } from './fetched-records.ts';

interface BatchOptions {
  readonly baseSequence?: number;
  readonly producerId?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
}

function batchAt(offset: number, values: readonly string[], options: BatchOptions = {}): Buffer {
  const records = values.map((value) => ({ timestamp: 5, key: null, value: Buffer.from(value) }));
  const batch = encodeBatch({ producerEpoch: 0, baseSequence: 0, ...options }, records);
  setBaseOffset(batch, offset);
  return batch;
}

function marker(offset: number, producerId: number, type: 0 | 1): Buffer {
  const key = Buffer.from([0, 0, 0, type]);
  const options = { producerId, producerEpoch: 0, isTransactional: true, isControl: true };
  const batch = encodeBatch(options, [{ timestamp: 5, key, value: Buffer.alloc(6) }]);
  setBaseOffset(batch, offset);
  return batch;
}

function valuesOf(records: FetchedRecords): string[] {
  const values: string[] = [];
  while (records.next()) values.push(`${records.offset} ${records.value}`);
  return values;
}

test('passes over what is before the wanted offset, and over a batch that was cut off', () => {
  const bytes = Buffer.concat([batchAt(10, ['a', 'b', 'c']), batchAt(13, ['d']), batchAt(14, ['e']).subarray(0, 40)]);
  expect(valuesOf(new FetchedRecords({ records: bytes, fromOffset: 11, aborted: [] }))).toEqual([
    '11 b',
    '12 c',
    '13 d',
  ]);
  expect(offsetAfter(bytes)).toBe(14);
  expect(offsetAfter(bytes.subarray(0, 20))).toBeUndefined();
});

test('passes over records of aborted transactions, up to their marker', () => {
  const mine = { producerId: 1, isTransactional: true };
  const other = { producerId: 2, isTransactional: true };
  const records = Buffer.concat([
    batchAt(0, ['aborted'], mine),
    batchAt(1, ['committed'], other),
    batchAt(2, ['aborted'], mine),
    marker(3, 1, 0),
    batchAt(4, ['later'], mine),
    marker(5, 2, 1),
    marker(6, 1, 1),
  ]);
  const seen = valuesOf(new FetchedRecords({ records, fromOffset: 0, aborted: [{ producerId: 1, firstOffset: 0 }] }));
  expect(seen).toEqual(['1 committed', '4 later']);
  expect(offsetAfter(records)).toBe(7);
});

test('hides a transaction from where it began and not before', () => {
  const mine = { producerId: 1, isTransactional: true };
  const records = Buffer.concat([batchAt(0, ['a'], mine), marker(1, 1, 1), batchAt(2, ['b'], mine), marker(3, 1, 0)]);
  const seen = valuesOf(new FetchedRecords({ records, fromOffset: 0, aborted: [{ producerId: 1, firstOffset: 2 }] }));
  expect(seen).toEqual(['0 a']);
});

test('refuses a batch that fails its checksum', () => {
  const records = batchAt(0, ['a']);
  records[records.length - 2] = (records[records.length - 2] as number) ^ 1;
  const cursor = new FetchedRecords({ records, fromOffset: 0, aborted: [] });
  expect(() => cursor.next()).toThrow(/checksum/);
});

test('shows each committed record once, wherever fetches begin and end', () => {
  const step = fc.oneof(
    fc.record({ producerId: fc.integer({ min: 1, max: 3 }), records: fc.integer({ min: 1, max: 4 }) }),
    fc.record({
      producerId: fc.integer({ min: 1, max: 3 }),
      end: fc.constantFrom('commit' as const, 'abort' as const),
    }),
    fc.record({ plain: fc.integer({ min: 1, max: 3 }) }),
  );
  const property = fc.property(
    fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
    fc.infiniteStream(fc.integer({ min: 1, max: 2_000 })),
    (steps, sizes) => {
      const partition = new ScriptedPartition(1);
      const sequences = new Map<number, number>();
      for (const [at, each] of steps.entries()) {
        if ('end' in each) partition.mark(each.producerId, 0, each.end);
        else if ('plain' in each) partition.append(batchAt(0, valuesFor(at, each.plain)));
        else {
          const baseSequence = sequences.get(each.producerId) ?? 0;
          sequences.set(each.producerId, baseSequence + each.records);
          const { producerId } = each;
          const values = valuesFor(at, each.records);
          partition.append(batchAt(0, values, { producerId, baseSequence, isTransactional: true }));
        }
      }
      for (const producerId of [1, 2]) partition.mark(producerId, 0, 'commit');
      const seen: string[] = [];
      for (let fromOffset = 0; fromOffset < partition.stableOffset; ) {
        const records = partition.read(fromOffset, sizes.next().value, partition.stableOffset);
        const end = offsetAfter(records) as number;
        const aborted = partition.abortedFrom(fromOffset).sort((a, b) => a.firstOffset - b.firstOffset);
        const cursor = new FetchedRecords({ records, fromOffset, aborted });
        // Readers stop in the middle of batches as well.
        const stopAt = fromOffset + sizes.next().value;
        let next = end;
        while (cursor.next()) {
          if (cursor.offset >= stopAt) {
            next = cursor.offset;
            break;
          }
          seen.push(String(cursor.value));
        }
        fromOffset = next;
      }
      expect(seen).toEqual(partition.committedValues());
    },
  );
  fc.assert(property, { numRuns: 200 });
});

function valuesFor(at: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${at}.${index}`);
}
