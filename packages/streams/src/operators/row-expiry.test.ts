import { int64, string } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { KStream } from '../dsl/stream.ts';
import type { KTable } from '../dsl/table.ts';
import { oneStream } from '../testing/one-stream.ts';
import { TopologyTestDriver } from '../testing/topology-test-driver.ts';

const texts = { key: string, value: string };
const counts = { key: string, value: int64 };

function counting(ttl: number | string | undefined) {
  const options = ttl === undefined ? {} : { ttl };
  return oneStream(
    (stream) =>
      stream
        .groupByKey()
        .count({ store: 'counts', ...options })
        .toStream(),
    counts,
  );
}

describe('a row with a time to live', () => {
  test('goes when event time has passed its last change by as much, and says so downstream and in the changelog', () => {
    const { input, output, driver } = counting(100);
    input.pipeInput('a', 'x', 10);
    input.pipeInput('a', 'x', 50);
    input.pipeInput('b', 'x', 149);
    expect(output.readKeyValuesToList()).toEqual([
      ['a', 1],
      ['a', 2],
      ['b', 1],
    ]);
    input.pipeInput('b', 'x', 150);
    expect(output.readRecordsToList()).toMatchObject([
      { key: 'a', value: null, timestamp: 150 },
      { key: 'b', value: 2, timestamp: 150 },
    ]);
    expect(driver.getKeyValueStore('counts').get('a')).toBeUndefined();
    const changelog = driver.createOutputTopic('test-counts-changelog', { key: string, value: string });
    expect(changelog.readRecordsToList().filter(({ value }) => value === null)).toMatchObject([
      { key: 'a', timestamp: 150 },
    ]);
  });

  test('begins anew when its key comes again', () => {
    const { input, output } = counting(100);
    for (const timestamp of [0, 200, 210]) input.pipeInput('a', 'x', timestamp);
    expect(output.readValuesToList()).toEqual([1, null, 1, 2]);
  });

  test('is not made by a record that is as old already', () => {
    const { input, output, driver } = counting(100);
    input.pipeInput('a', 'x', 1_000);
    input.pipeInput('b', 'x', 900);
    expect(output.readKeyValuesToList()).toEqual([['a', 1]]);
    expect(driver.droppedRecords.get('late')).toBe(1);
  });

  test('goes after a restart as it would have without', () => {
    const { input, output, driver } = counting(100);
    input.pipeInput('a', 'x', 10);
    driver.restart();
    input.pipeInput('b', 'x', 500);
    expect(output.readKeyValuesToList()).toEqual([
      ['a', 1],
      ['a', null],
      ['b', 1],
    ]);
  });

  test('stays for ever where nobody has said otherwise', () => {
    const { input, output } = counting(undefined);
    input.pipeInput('a', 'x', 0);
    input.pipeInput('b', 'x', 1e12);
    expect(output.readValuesToList()).toEqual([1, 1]);
  });

  test('takes what it stood for out of groups and joins', () => {
    const builder = new StreamsBuilder();
    const users = builder.table('users', { ...texts, ttl: 100, store: 'users' });
    users
      .groupBy((user, city) => [city, user], texts)
      .count()
      .toStream()
      .to('per-city', counts);
    builder
      .stream('clicks', texts)
      .leftJoin(users, (_click, city) => city ?? 'nowhere')
      .to('where', texts);
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('users', texts);
    const clicks = driver.createInputTopic('clicks', texts);
    input.pipeInput('ann', 'Rome', 0);
    input.pipeInput('bob', 'Rome', 50);
    clicks.pipeInput('ann', 'x', 60);
    input.pipeInput('bob', 'Rome', 120);
    clicks.pipeInput('ann', 'x', 120);
    const perCity = driver.createOutputTopic('per-city', counts).readValuesToList();
    expect(perCity.at(-1)).toBe(1);
    expect(driver.createOutputTopic('where', texts).readValuesToList()).toEqual(['Rome', 'nowhere']);
  });

  test('is kept in one place for all groups of a cogrouped stream', () => {
    const builder = new StreamsBuilder();
    const add = (_key: string, value: string, all: string) => all + value;
    builder
      .stream('one', texts)
      .groupByKey()
      .cogroup(add)
      .cogroup(builder.stream('two', texts).groupByKey(), add)
      .aggregate(() => '', { value: string, ttl: 100 })
      .toStream()
      .to('out', texts);
    const driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic('one', texts).pipeInput('a', 'x', 0);
    driver.createInputTopic('two', texts).pipeInput('b', 'y', 100);
    expect(driver.createOutputTopic('out', texts).readKeyValuesToList()).toEqual([
      ['a', 'x'],
      ['a', null],
      ['b', 'y'],
    ]);
  });

  test('has no history beside it, and lives for a millisecond at least', () => {
    const stream = new StreamsBuilder().stream('in', texts);
    expect(() => stream.toTable({ ttl: 10, history: 10 })).toThrow(TypeError);
    expect(() => stream.groupByKey().count({ ttl: 0 })).toThrow(RangeError);
  });
});

const tables: Readonly<Record<string, (stream: KStream<string, string>, ttl: number) => KTable<string, string>>> = {
  reduce: (stream, ttl) => stream.groupByKey().reduce((_old, value) => value, { ttl, store: 'rows' }),
  toTable: (stream, ttl) => stream.toTable({ ttl, store: 'rows', ...texts }),
};

test.each(Object.keys(tables))(
  '%s keeps the rows that a plain map keeps, whatever comes out of order, and over restarts',
  (kind) => {
    const records = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b', 'c'),
        timestamp: fc.nat(200),
        isDeleted: fc.boolean(),
        restarts: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 60 }), (given, ttl) => {
        const { input, output, driver } = oneStream(
          (stream) => (tables[kind] as (typeof tables)['reduce'])?.(stream, ttl).toStream(),
          texts,
        );
        const rows = new Map<string, { readonly value: string; readonly timestamp: number }>();
        let now = -1;
        for (const [at, { key, timestamp, isDeleted, restarts }] of given.entries()) {
          const value = isDeleted && kind === 'toTable' ? null : String(at);
          if (restarts) driver.restart();
          input.pipeInput(key, value, timestamp);
          now = Math.max(now, timestamp);
          for (const [each, row] of rows) if (row.timestamp + ttl <= now) rows.delete(each);
          if (timestamp + ttl <= now) continue;
          const latest = kind === 'toTable' ? timestamp : Math.max(timestamp, rows.get(key)?.timestamp ?? 0);
          if (value === null) rows.delete(key);
          else rows.set(key, { value, timestamp: latest });
          const stored = new Map(driver.getKeyValueStore<string, string>('rows').all());
          expect(stored).toEqual(new Map(Array.from(rows, ([each, row]) => [each, row.value])));
        }
        const seen = new Map<string, string>();
        for (const [key, value] of output.readKeyValuesToList()) {
          if (value === null) seen.delete(key as string);
          else seen.set(key as string, value);
        }
        expect(seen).toEqual(new Map(Array.from(rows, ([each, row]) => [each, row.value])));
      }),
      { numRuns: 60 },
    );
  },
);
