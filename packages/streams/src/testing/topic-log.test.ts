import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noHeaders } from '../record.ts';
import type { LoggedRecord } from './packed-records.ts';
import { TopicLog } from './topic-log.ts';

const bytes = fc.option(fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)));
const record: fc.Arbitrary<LoggedRecord> = fc.record({
  key: bytes,
  value: bytes,
  timestamp: fc.integer({ min: -1 }),
  headers: fc.constantFrom(noHeaders, [{ key: 'h', value: Buffer.from('1') }]),
});
/** A record, written so many times that some are no longer recent; or how many to read. */
const step = fc.oneof(fc.tuple(record, fc.constantFrom(1, 3, 600)), fc.nat(700));

test('a log gives its records in their order, each once, however they are kept', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.boolean(), (steps, keepsAll) => {
      const log = new TopicLog();
      log.keepsAll = keepsAll;
      const written: LoggedRecord[] = [];
      let read = 0;
      for (const each of steps) {
        if (typeof each === 'number') {
          expect(log.take(each)).toEqual(written.slice(read, read + each));
          read = Math.min(written.length, read + each);
        } else {
          for (let times = each[1]; times > 0; times -= 1) log.append(each[0]);
          written.push(...Array.from({ length: each[1] }, () => each[0]));
        }
        expect(log.unread).toBe(written.length - read);
        expect(log.length).toBe(written.length);
      }
      if (keepsAll) expect(log.all()).toEqual(written);
    }),
    { numRuns: 50 },
  );
});

test('records that are larger than a piece of memory are kept, too', () => {
  const log = new TopicLog();
  const large = { key: Buffer.alloc(100_000, 1), value: Buffer.alloc(70_000, 2), timestamp: 5, headers: noHeaders };
  const small = { key: null, value: Buffer.from('v'), timestamp: 6, headers: noHeaders };
  for (let at = 0; at < 600; at += 1) log.append(at === 3 ? large : small);
  expect(log.take(5)).toEqual([small, small, small, large, small]);
});
