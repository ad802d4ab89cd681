import { int64, sessionWindowed, string, windowed } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Change } from './change.ts';
import { StreamsBuilder } from './dsl/builder.ts';
import { applyOperator, place } from './dsl/node.ts';
import type { KTable } from './dsl/table.ts';
import { rows } from './dsl/table-rows.ts';
import { defineOperator } from './operators/define-operator.ts';
import type { StreamRecord } from './record.ts';
import { tap } from './rx.ts';
import { TopologyTestDriver } from './testing/topology-test-driver.ts';
import { SessionWindows } from './windows/session-windows.ts';
import { SlidingWindows } from './windows/sliding-windows.ts';
import { Suppressed } from './windows/suppressed.ts';
import { TimeWindows } from './windows/time-windows.ts';

// A generous deadline, for slow machines.
vi.setConfig({ testTimeout: 120_000 });

const texts = { key: string, value: string };
const topics = ['in', 'other'] as const;
const plenty = 1_000_000;

type Event =
  | {
      readonly topic: (typeof topics)[number];
      readonly key: string;
      readonly value: string | null;
      readonly timestamp: number;
    }
  | 'commit';

const anyEvents: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        topic: fc.constantFrom(...topics),
        key: fc.constantFrom('a', 'b', 'c', 'd'),
        value: fc.option(fc.constantFrom('a', 'b', 'c', 'x', 'y'), { freq: 5 }),
        timestamp: fc.integer({ min: 0, max: 60_000 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant('commit' as const) },
  ),
  { maxLength: 80 },
);

/** A change, as who stands behind a table sees it. */
interface Seen {
  readonly key: string;
  readonly now: unknown;
  readonly before: unknown;
  readonly timestamp: number;
  readonly header: string;
}

const shown = (key: unknown) => (typeof key === 'string' ? key : JSON.stringify(key));

/** A table of the streams or tables of both topics. */
type Describe = (builder: StreamsBuilder) => KTable<unknown, unknown>;

/** Gives what happens behind a table, commit by commit. */
function changesOf(describeTable: Describe, events: readonly Event[], statestoreCacheMaxBytes: number): Seen[][] {
  const builder = new StreamsBuilder();
  const table = describeTable(builder);
  table[rows].sendOldValues(true);
  const seen: Seen[][] = [[]];
  const note = ({ key, value, timestamp, headers }: StreamRecord<unknown, Change<unknown>>) =>
    seen.at(-1)?.push({
      ...{ key: shown(key), now: value.newValue, before: value.oldValue, timestamp },
      header: String(headers[0]?.value),
    });
  const info = { name: 'spy', node: 'SPY', keepsKey: true, keepsValue: true };
  const spy = defineOperator(info, { run: () => tap<StreamRecord<unknown, Change<unknown>>>(note) });
  applyOperator(table[place], spy as never);
  const driver = new TopologyTestDriver(builder.build(), { statestoreCacheMaxBytes, autoCommit: false });
  const inputs = new Map(topics.map((topic) => [topic, driver.createInputTopic(topic, texts)]));
  for (const [at, event] of [...events, 'commit' as const].entries()) {
    if (event !== 'commit') {
      const { topic, key, value, timestamp } = event;
      const headers = [{ key: 'at', value: Buffer.from(`${at}`) }];
      inputs.get(topic)?.pipeInput(key, value as string, timestamp, headers);
      continue;
    }
    driver.commit();
    seen.push([]);
  }
  return seen;
}

/** What a cache makes of the changes between two commits: the last one of each row, with what was before the first. */
function held(commits: readonly (readonly Seen[])[]): Seen[][] {
  const told = new Map<string, unknown>();
  return commits.map((changes) => {
    const last = new Map<string, Seen>();
    for (const change of changes) {
      const { before } = last.get(change.key) ?? {
        before: change.before ?? (isInstant(change.key) && told.get(change.key)),
      };
      last.delete(change.key);
      last.set(change.key, { ...change, before: before || null });
    }
    for (const { key, now } of last.values()) told.set(key, now);
    return [...last.values()].filter(({ now, before }) => now !== null || before !== null);
  });
}

/** Without a cache nobody is told what a session was before that has one moment and gets more of it, as in Kafka Streams. */
function isInstant(key: string): boolean {
  const { window } = key.startsWith('{') ? JSON.parse(key) : {};
  return window !== undefined && window.start === window.end;
}

/** The rows that somebody has who has heard all changes. */
function rowsOf(changes: readonly Seen[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { key, now } of changes) {
    if (now === null) found.delete(key);
    else found.set(key, now);
  }
  return new Map([...found].sort());
}

/**
 * Without a cache a deletion has the largest time of its row; with one, and in its changelog always, that of its record. Only with a cache
 * do sessions have headers.
 */
const comparable = ({ header, timestamp, ...change }: Seen) => ({
  ...change,
  ...(change.now !== null && { timestamp }),
  ...(!change.key.includes('window') && { header }),
});

const stream = (builder: StreamsBuilder) => builder.stream<string, string>([...topics], texts).groupByKey();
const append = (old: string, value: string) => (value === 'x' ? null : `${old}${value}`.slice(-6));

const texted = { store: 's', ...texts };
/** A sum of nothing is no row, so that it does not matter whether there was one for a while. */
const plus = (_key: string, value: string, sum: number) => sum + value.charCodeAt(value.length - 1) || null;
const minus = (_key: string, value: string, sum: number) => sum - value.charCodeAt(value.length - 1) || null;
const pair = (a: string | null, b: string | null) => `${a}${b}`;

/** Two tables, and one that is made of them. */
const ofTables =
  <V>(make: (own: KTable<string, string>, other: KTable<string, string>) => KTable<string, V>) =>
  (builder: StreamsBuilder) =>
    make(builder.table<string, string>('in', texts), builder.table<string, string>('other', texts));

/** Tables that are made of tables, which have caches too. */
const fromTables = {
  filter: ofTables((own) => own.filter((_key, value) => value < 'c', texted)),
  mapValues: ofTables((own) => own.mapValues((value) => `${value}!`, texted)),
  'a chain': ofTables((own) =>
    own
      .mapValues((value) => `${value}!`, { ...texts, store: 'a' })
      .filter((_key, value) => value !== 'b!', { ...texts, store: 'b' })
      .mapValues((value) => value.length, { key: string, value: int64, store: 'c' }),
  ),
  join: ofTables((own, other) => own.join(other, pair, texted)),
  leftJoin: ofTables((own, other) => own.leftJoin(other, pair)),
  outerJoin: ofTables((own, other) =>
    own.outerJoin(
      other.mapValues((value) => `${value}!`, { ...texts, store: 'm' }),
      pair,
      texted,
    ),
  ),
  joinForeign: ofTables((own, other) => own.joinForeign(other, (value) => value, pair, texted)),
  leftJoinForeign: ofTables((own, other) => own.leftJoinForeign(other, (value) => value, pair, texts)),
  groupBy: ofTables((own) =>
    own.groupBy((key, value) => [value, key], texts).aggregate(() => 0, plus, minus, { store: 's', value: int64 }),
  ),
  'aggregate of a join': ofTables((own, other) =>
    own
      .join(other, pair)
      .groupBy((_key, both) => [both.slice(0, 1), both], texts)
      .aggregate(() => 0, plus, minus, { store: 's', value: int64 }),
  ),
} as unknown as Record<string, Describe>;

/** Tables that are made of streams: what comes in does not depend on caches. */
const fromStreams = {
  table: (builder: StreamsBuilder) => {
    builder.stream('other', texts);
    return builder.table('in', texts);
  },
  reduce: (builder: StreamsBuilder) => stream(builder).reduce(append, { store: 's' }),
  count: (builder: StreamsBuilder) => stream(builder).count({ store: 's' }),
  'tumbling windows': (builder: StreamsBuilder) =>
    stream(builder).windowedBy(TimeWindows.ofSizeAndGrace('5s', '10s')).reduce(append, { store: 's' }),
  'hopping windows': (builder: StreamsBuilder) =>
    stream(builder).windowedBy(TimeWindows.ofSizeAndGrace('5s', '10s').advanceBy('2s')).count({ store: 's' }),
  'sliding windows': (builder: StreamsBuilder) =>
    stream(builder).windowedBy(SlidingWindows.ofTimeDifferenceAndGrace('4s', '10s')).count({ store: 's' }),
  sessions: (builder: StreamsBuilder) =>
    stream(builder).windowedBy(SessionWindows.ofInactivityGapAndGrace('3s', '10s')).count({ store: 's' }),
  cogroup: (builder: StreamsBuilder) =>
    builder
      .stream<string, string>('in', texts)
      .groupByKey()
      .cogroup<string>((_key, value, state) => append(state, value ?? 'x'))
      .cogroup(builder.stream('other', texts).groupByKey(), (_key, value, state) => `${state}${value}`.slice(-6))
      .aggregate(() => '', { store: 's', value: string }),
} satisfies Record<string, (builder: StreamsBuilder) => unknown> as Record<string, unknown> as Record<string, Describe>;

const anyBytesMax = fc.constantFrom(1, 150, 300, 600, plenty);
const runs = { numRuns: 40 };

describe.each(Object.entries(fromStreams))('a cache in front of %s', (_name, table) => {
  test('sends the last change of each row with a commit, with what was before the first', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const expected = held(changesOf(table, events, 0));
        const actual = changesOf(table, events, plenty);
        expect(actual.map((changes) => changes.map(comparable))).toEqual(
          expected.map((changes) => changes.map(comparable)),
        );
      }),
      runs,
    );
  });
});

describe.each(Object.entries({ ...fromStreams, ...fromTables }))(
  'whatever its size, a cache in front of %s',
  (_name, table) => {
    test('leads to the same rows, by changes that each begin where the one before has ended', () => {
      fc.assert(
        fc.property(anyEvents, anyBytesMax, (events, bytesMax) => {
          const changes = changesOf(table, events, bytesMax).flat();
          expect(rowsOf(changes)).toEqual(rowsOf(changesOf(table, events, 0).flat()));
          const last = new Map<string, unknown>();
          for (const { key, now, before } of changes) {
            expect(before).toEqual(last.get(key) ?? null);
            last.set(key, now);
          }
        }),
        runs,
      );
    });
  },
);

/** A driver that commits when it is told to, and topics from text to text. */
function drive(describeTopology: (builder: StreamsBuilder) => void, statestoreCacheMaxBytes = plenty) {
  const builder = new StreamsBuilder();
  describeTopology(builder);
  const driver = new TopologyTestDriver(builder.build(), { statestoreCacheMaxBytes, autoCommit: false });
  return {
    driver,
    input: driver.createInputTopic('in', texts),
    other: driver.createInputTopic('other', texts),
    output: driver.createOutputTopic('out', texts),
  };
}

test('one commit goes through all caches, in whatever order stores were added', () => {
  const { driver, input, output } = drive((builder) => {
    const table = builder.table<string, string>('in', texts);
    const mapped = table.mapValues((value) => `${value}!`, { ...texts, store: 'm' });
    // Only the join has the rows of the table kept, in a store behind the one of its child.
    table
      .leftJoin(mapped, pair, texted)
      .filter(() => true, { ...texts, store: 'f' })
      .toStream()
      .to('out', texts);
  });
  for (const value of ['a', 'b', 'c']) input.pipeInput('k', value, 1);
  expect(output.isEmpty).toBe(true);
  driver.commit();
  expect(output.readKeyValuesToList()).toEqual([['k', 'cc!']]);
});

test('where there is no room, the row that was changed longest ago goes first', () => {
  const { driver, input, output } = drive((builder) => stream(builder).reduce(append).toStream().to('out', texts), 300);
  for (const [key, value] of ['a1', 'b1', 'a2'] as unknown as [string, string][]) input.pipeInput(key, value, 1);
  expect(output.isEmpty).toBe(true);
  input.pipeInput('c', '1', 1);
  expect(output.readKeyValuesToList()).toEqual([['b', '1']]);
  driver.commit();
  expect(output.readKeyValuesToList()).toEqual([
    ['a', '12'],
    ['c', '1'],
  ]);
});

test('a foreign row that comes and goes before it is told joins nothing', () => {
  const makeRoom = 'x'.repeat(300);
  const { driver, input, other, output } = drive((builder) => {
    const own = builder.table<string, string>('in', texts);
    own
      .joinForeign(builder.table<string, string>('other', texts), (value) => value.slice(0, 1), pair, texts)
      .toStream()
      .to('out', texts);
  }, 700);
  input.pipeInput('own', `c${makeRoom}`, 1);
  other.pipeInput('c', 'row', 1);
  // The subscription is sent now: there is no room for what was changed first.
  input.pipeInput('next', makeRoom, 1);
  other.pipeInput('c', null as never, 1);
  driver.commit();
  const results = new Map(output.readKeyValuesToList());
  expect([...results].filter(([, value]) => value !== null)).toEqual([]);
});

test('readers see rows before anybody was told of them', () => {
  const { driver, input, other, output } = drive((builder) => {
    const table = builder.table<string, string>('in', texts);
    builder.stream('other', texts).join(table, pair, texts).to('out', texts);
  });
  input.pipeInput('k', 'a', 1);
  other.pipeInput('k', '?', 2);
  expect(output.readKeyValuesToList()).toEqual([['k', '?a']]);
  expect(driver.getKeyValueStore('in-STATE-STORE-0000000000').get('k')).toBe('a');
});

test('what was not committed is told to nobody after a crash, and is told when it has been done again', () => {
  const { driver, input, output } = drive((builder) => stream(builder).reduce(append).toStream().to('out', texts), 200);
  input.pipeInput('k', 'a', 1);
  driver.commit();
  input.pipeInput('k', 'b', 2);
  driver.restart();
  driver.commit();
  expect(output.readKeyValuesToList()).toEqual([['k', 'a']]);
  input.pipeInput('k', 'c', 2);
  expect(output.isEmpty, 'what was forgotten takes no room').toBe(true);
  driver.commit();
  expect(output.readKeyValuesToList()).toEqual([['k', 'ac']]);
});

test('the changelog has the last change of each commit, and so has whoever restores it', () => {
  const { driver, input, output } = drive((builder) =>
    stream(builder).reduce(append, { store: 's' }).toStream().to('out', texts),
  );
  const changelog = driver.createOutputTopic('test-s-changelog', texts);
  for (const [key, value] of ['aa', 'ab', 'ba', 'ca', 'cx'] as const)
    input.pipeInput(key as string, value as string, 1);
  expect(changelog.isEmpty).toBe(true);
  driver.commit();
  expect(changelog.readKeyValuesToList()).toEqual(output.readKeyValuesToList());
  driver.restart();
  expect([...driver.getKeyValueStore('s').all()]).toEqual([
    ['a', 'ab'],
    ['b', 'a'],
  ]);
});

test('a change is processed where and when its last record was', () => {
  const builder = new StreamsBuilder();
  const seen: unknown[] = [];
  stream(builder)
    .reduce(append)
    .toStream()
    .process((context) => () => void seen.push(context.source));
  const driver = new TopologyTestDriver(builder.build(), { statestoreCacheMaxBytes: plenty, autoCommit: false });
  const input = driver.createInputTopic('in', texts);
  for (const key of ['a', 'b', 'a', 'c']) input.pipeInput(key, 'v', 1);
  driver.commit();
  expect(seen).toEqual([1, 2, 3].map((offset) => ({ topic: 'in', partition: 0, offset })));
});

test('a table that is not cached sends every change as it happens', () => {
  const { input, output } = drive((builder) =>
    stream(builder).reduce(append, { cached: false }).toStream().to('out', texts),
  );
  input.pipeInput('k', 'a', 1);
  input.pipeInput('k', 'b', 2);
  expect(output.readKeyValuesToList()).toEqual([
    ['k', 'a'],
    ['k', 'ab'],
  ]);
});

test('what an application throws at a commit ends the task, unless its handler bears it', () => {
  const fails = (builder: StreamsBuilder) =>
    stream(builder)
      .reduce(append)
      .toStream()
      .mapValues((value) => {
        if (value === 'b') throw new Error('no b');
        return value as string;
      })
      .to('out', texts);
  const { driver, input } = drive(fails);
  input.pipeInput('k', 'b', 1);
  expect(() => driver.commit()).toThrow(/no b/);
  const builder = new StreamsBuilder();
  fails(builder);
  const options = { statestoreCacheMaxBytes: plenty, onProcessingError: 'continue' } as const;
  const patient = new TopologyTestDriver(builder.build(), options);
  const output = patient.createOutputTopic('out', texts);
  const again = patient.createInputTopic('in', texts);
  for (const key of ['k', 'l'] as const) again.pipeInput(key, key === 'k' ? 'b' : 'a', 1);
  expect(output.readKeyValuesToList()).toEqual([['l', 'a']]);
});

test('windows that leave their store between two commits were told of', () => {
  const key = windowed(string, 1_000);
  const { driver, input } = drive((builder) =>
    stream(builder)
      .windowedBy(TimeWindows.ofSizeWithNoGrace('1s'))
      .count()
      .toStream()
      .to('counts', { key, value: int64 }),
  );
  for (const timestamp of [0, 10, 10_000_000]) input.pipeInput('k', 'v', timestamp);
  driver.commit();
  const counts = driver.createOutputTopic('counts', { key, value: int64 }).readKeyValuesToList();
  expect(counts.map(([at, count]) => [at?.window.start, count])).toEqual([
    [0, 2],
    [10_000_000, 1],
  ]);
});

test('a session that comes too late for its store is sent, as it is without a cache', () => {
  const results = [0, plenty].map((statestoreCacheMaxBytes) => {
    const builder = new StreamsBuilder();
    // Each of the two groups has a time of its own; the store has the time of both.
    builder
      .stream<string, string>('in', texts)
      .groupByKey()
      .cogroup<string>((_key, value) => value)
      .cogroup(builder.stream<string, string>('other', texts).groupByKey(), (_key, value) => value)
      .windowedBy(SessionWindows.ofInactivityGapWithNoGrace('1s'))
      .aggregate(
        () => '',
        (_key, a, b) => a + b,
        { value: string },
      )
      .toStream()
      .selectKey(({ key }) => key)
      .to('out', texts);
    const driver = new TopologyTestDriver(builder.build(), { statestoreCacheMaxBytes });
    driver.createInputTopic('other', texts).pipeInput('k', 'late', 10_000_000);
    driver.createInputTopic('in', texts).pipeInput('k', 'early', 0);
    return driver.createOutputTopic('out', texts).readKeyValuesToList();
  });
  expect(results[0]).toEqual([
    ['k', 'late'],
    ['k', 'early'],
  ]);
  expect(results[1]).toEqual(results[0]);
});

test('a window is sent once when it closes, with its last change, whether a cache held it or not', () => {
  const { driver, input, output } = drive((builder) =>
    stream(builder)
      .windowedBy(TimeWindows.ofSizeWithNoGrace('1s'))
      .reduce(append)
      .suppress(Suppressed.untilWindowCloses())
      .toStream()
      .selectKey((at) => at.key)
      .to('out', texts),
  );
  input.pipeInput('k', 'a', 0);
  driver.commit();
  input.pipeInput('k', 'b', 1);
  input.pipeInput('l', 'c', 5_000);
  driver.commit();
  expect(output.readKeyValuesToList()).toEqual([['k', 'ab']]);
});

test('what a session was before it grew, between two commits, is written nowhere', () => {
  const { driver, input } = drive((builder) =>
    stream(builder).windowedBy(SessionWindows.ofInactivityGapWithNoGrace('1s')).count({ store: 's' }),
  );
  for (const timestamp of [0, 500, 1_000]) input.pipeInput('k', 'v', timestamp);
  driver.commit();
  const key = sessionWindowed(string);
  const changelog = driver.createOutputTopic('test-s-changelog', { key, value: int64 });
  expect(changelog.readKeyValuesToList()).toEqual([[{ key: 'k', window: { start: 0, end: 1_000 } }, 3]]);
});

test('windows that close by the clock have what a cache held back', () => {
  const { driver, input, output } = drive((builder) =>
    stream(builder)
      .windowedBy(TimeWindows.ofSizeWithNoGrace('1s'))
      .reduce(append)
      .suppress(Suppressed.untilWindowCloses({ idle: '10s' }))
      .toStream()
      .selectKey((at) => at.key)
      .to('out', texts),
  );
  for (const value of ['a', 'b', 'c']) {
    input.pipeInput('k', value, 1);
    driver.advanceWallClockTime('5s');
  }
  expect(output.isEmpty).toBe(true);
  for (let i = 0; i < 5; i += 1) driver.advanceWallClockTime('5s');
  expect(output.readKeyValuesToList()).toEqual([['k', 'abc']]);
});
