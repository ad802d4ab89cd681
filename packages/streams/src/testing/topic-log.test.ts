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
const step = fc.oneof(
  fc.tuple(record, fc.constantFrom(1, 3, 600), fc.constantFrom('append' as const, 'pack' as const)),
  fc.nat(1_200),
);

/** Texts of records: comparing them takes a small part of the time that comparing bytes one by one does. */
const textsOf = (records: readonly LoggedRecord[]) =>
  records.map(({ key, value, timestamp, headers }) =>
    JSON.stringify([key?.toString('hex'), value?.toString('hex'), timestamp, headers]),
  );

test('a log gives its records in their order, each once, however they are kept', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.boolean(), (steps, keepsAll) => {
      const log = new TopicLog();
      log.keepsAll = keepsAll;
      const written: LoggedRecord[] = [];
      let read = 0;
      for (const each of steps) {
        if (typeof each === 'number') {
          expect(textsOf(log.take(each))).toEqual(textsOf(written.slice(read, read + each)));
          read = Math.min(written.length, read + each);
        } else {
          for (let times = each[1]; times > 0; times -= 1) log[each[2]](each[0]);
          written.push(...Array.from({ length: each[1] }, () => each[0]));
        }
        expect(log.unread).toBe(written.length - read);
        expect(log.length).toBe(written.length);
      }
      if (keepsAll) expect(textsOf(log.all())).toEqual(textsOf(written));
    }),
    { numRuns: 50 },
  );
});

test('bytes that are written as texts are read as bytes', () => {
  const log = new TopicLog();
  const long = 'a text that is longer than what is copied byte by byte';
  log.pack({ key: 'k\xff', value: 'v', timestamp: 1, headers: noHeaders });
  log.pack({ key: long, value: null, timestamp: 2, headers: noHeaders });
  expect(log.take(2)).toEqual([
    { key: Buffer.from('k\xff', 'latin1'), value: Buffer.from('v'), timestamp: 1, headers: noHeaders },
    { key: Buffer.from(long), value: null, timestamp: 2, headers: noHeaders },
  ]);
});

test('records that are larger than a piece of memory are kept, too', () => {
  const log = new TopicLog();
  const large = { key: Buffer.alloc(100_000, 1), value: Buffer.alloc(70_000, 2), timestamp: 5, headers: noHeaders };
  const small = { key: null, value: Buffer.from('v'), timestamp: 6, headers: noHeaders };
  for (let at = 0; at < 600; at += 1) log.append(at === 3 ? large : small);
  expect(textsOf(log.take(5))).toEqual(textsOf([small, small, small, large, small]));
});
