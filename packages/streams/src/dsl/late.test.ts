import { int64, string, type Windowed } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TopologyTestDriver } from '../testing/topology-test-driver.ts';
import { JoinWindows } from '../windows/join-windows.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import { SlidingWindows } from '../windows/sliding-windows.ts';
import { TimeWindows } from '../windows/time-windows.ts';
import { StreamsBuilder } from './builder.ts';
import type { CogroupedKStream } from './cogrouped.ts';
import type { KStream } from './stream.ts';
import type { KTable } from './table.ts';

const texts = { key: string, value: string };
type Late = (late: KStream<string, string>) => void;
const toLate: Late = (late) => late.to('late');

const gather = (_key: string, value: string, all: string) => `${all}${value} `;
const empty = () => '';

/** Gathers the values of `in` by windows, each kind in its way. */
const kinds: Readonly<
  Record<string, (stream: KStream<string, string>, late: Late | undefined) => KTable<Windowed<string>, string>>
> = {
  tumbling: (stream, late) =>
    stream.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(10, 5)).aggregate(empty, gather, { value: string, late }),
  hopping: (stream, late) =>
    stream
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace(12, 3).advanceBy(5))
      .aggregate(empty, gather, { value: string, late }),
  sliding: (stream, late) =>
    stream
      .groupByKey()
      .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(10, 4))
      .aggregate(empty, gather, { value: string, late }),
  sessions: (stream, late) =>
    stream
      .groupByKey()
      .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 3))
      .aggregate(empty, gather, (_key, first, second) => `${first}${second}`, { value: string, late }),
};

function gathering(kind: string, { late }: { readonly late?: Late } = { late: toLate }) {
  const builder = new StreamsBuilder();
  const table = kinds[kind]?.(builder.stream('in', texts), late) as KTable<Windowed<string>, string>;
  table
    .toStream()
    .map((_windowed, value) => ['window', value ?? ''])
    .to('out', texts);
  const driver = new TopologyTestDriver(builder.build());
  const input = driver.createInputTopic('in', texts);
  return {
    driver,
    input,
    out: driver.createOutputTopic('out', texts),
    late: driver.createOutputTopic('late', texts),
  };
}

const idsIn = (values: readonly (string | null)[]) => new Set(values.flatMap((value) => value?.match(/\S+/g) ?? []));
const drops = (driver: TopologyTestDriver) => driver.droppedRecords.get('late') ?? 0;

describe.each(Object.keys(kinds))('%s windows', (kind) => {
  test('take each record or give it to the stream of late ones', () => {
    const records = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), timestamp: fc.nat(120) }), { maxLength: 40 });
    fc.assert(
      fc.property(records, (given) => {
        const { driver, input, out, late } = gathering(kind);
        for (const [id, { key, timestamp }] of given.entries()) input.pipeInput(key, String(id), timestamp);
        const taken = idsIn(out.readValuesToList());
        const tooLate = late.readRecordsToList();
        const ids = tooLate.map(({ value }) => value);
        expect([...taken].filter((id) => ids.includes(id))).toEqual([]);
        expect([...taken, ...ids].map(Number).sort((a, b) => a - b)).toEqual(given.map((_, id) => id));
        for (const { key, value, timestamp } of tooLate) expect({ key, timestamp }).toEqual(given[Number(value)]);
        if (kind === 'tumbling' || kind === 'sessions') expect(drops(driver)).toBe(0);
      }),
    );
  });

  test('drop and count late records that nobody takes', () => {
    const [taken, left] = [gathering(kind), gathering(kind, {})];
    for (const { input } of [taken, left]) {
      input.pipeInput('a', 'in time', 1_000);
      input.pipeInput('a', 'late', 1);
    }
    expect(taken.late.readValuesToList()).toEqual(['late']);
    expect(drops(taken.driver)).toBe(0);
    expect(drops(left.driver)).toBeGreaterThan(0);
  });
});

test('a record that only some of its windows miss is in the others, and not late', () => {
  const { driver, input, out, late } = gathering('hopping');
  input.pipeInput('a', 'x', 25);
  input.pipeInput('a', 'y', 19);
  expect(idsIn(out.readValuesToList())).toEqual(new Set(['x', 'y']));
  expect(late.isEmpty).toBe(true);
  expect(drops(driver)).toBe(1);
});

test('late records keep their headers, and are late after a restart too', () => {
  const { driver, input, late } = gathering('tumbling');
  const headers = [{ key: 'h', value: Buffer.from('1') }];
  input.pipeInput('a', 'x', 100);
  driver.restart();
  input.pipeInput('b', 'y', 3, headers);
  expect(late.readRecordsToList()).toEqual([{ key: 'b', value: 'y', timestamp: 3, headers }]);
});

test('late must be a function', () => {
  expect(() => gathering('tumbling', { late: 'late' as never })).toThrow(TypeError);
});

test('count and reduce give late records as well, from sessions too', () => {
  const builder = new StreamsBuilder();
  const grouped = builder.stream('in', texts).groupByKey();
  const windows = TimeWindows.ofSizeWithNoGrace(10);
  grouped.windowedBy(windows).count({ late: (late) => late.to('late-1') });
  grouped.windowedBy(windows).reduce((_old, value) => value, { late: (late) => late.to('late-2') });
  grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(5)).count({ late: (late) => late.to('late-3') });
  const driver = new TopologyTestDriver(builder.build());
  const input = driver.createInputTopic('in', texts);
  for (const timestamp of [100, 7]) input.pipeInput('a', String(timestamp), timestamp);
  for (const topic of ['late-1', 'late-2', 'late-3']) {
    expect(driver.createOutputTopic(topic, texts).readValuesToList()).toEqual(['7']);
  }
});

/** Two streams within 5 ms, and 5 ms of grace: what is 15 ms older than its stream is late. */
function joining() {
  const builder = new StreamsBuilder();
  const windows = JoinWindows.ofTimeDifferenceAndGrace(5, 5);
  builder
    .stream('left', texts)
    .join(builder.stream('right', texts), (left, right) => `${left}+${right}`, windows, {
      late: (late) => late.to('late-left'),
      lateOther: (late) => late.to('late-right'),
    })
    .to('out', texts);
  const driver = new TopologyTestDriver(builder.build());
  const topic = (name: string) => driver.createOutputTopic(name, texts);
  return {
    ...{ driver, left: driver.createInputTopic('left', texts), right: driver.createInputTopic('right', texts) },
    ...{ out: topic('out'), lateLeft: topic('late-left'), lateRight: topic('late-right') },
  };
}

describe('a join of streams', () => {
  test('keeps each record for partners to come or gives it to the stream of late ones', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 30 }), (timestamps) => {
        const { left, right, out, lateLeft } = joining();
        for (const [id, timestamp] of timestamps.entries()) {
          left.pipeInput(String(id), 'l', timestamp);
          right.pipeInput(String(id), 'r', timestamp);
        }
        const joined = out.readKeyValuesToList().map(([key]) => key);
        const late = lateLeft.readKeyValuesToList().map(([key]) => key);
        expect([...joined, ...late].map(Number).sort((a, b) => a - b)).toEqual(timestamps.map((_, id) => id));
      }),
    );
  });

  test('gives late records of the other side too, after they have met who is still there', () => {
    const { driver, left, right, out, lateLeft, lateRight } = joining();
    left.pipeInput('a', 'l', 0);
    right.pipeInput('a', 'r', 100);
    right.pipeInput('a', 'late', 2);
    expect(out.readValuesToList()).toEqual(['l+late']);
    expect(lateLeft.isEmpty).toBe(true);
    expect(lateRight.readRecordsToList()).toMatchObject([{ key: 'a', value: 'late', timestamp: 2 }]);
    expect(drops(driver)).toBe(0);
  });
});

describe('late records of cogrouped streams', () => {
  const numbers = { key: string, value: int64 };
  type Windowing = (groups: CogroupedKStream<string, string>) => KTable<Windowed<string>, string>;
  const windowings: Readonly<Record<string, Windowing>> = {
    tumbling: (groups) => groups.windowedBy(TimeWindows.ofSizeAndGrace(10, 5)).aggregate(empty, { value: string }),
    sessions: (groups) =>
      groups
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(10, 5))
        .aggregate(empty, (_key, first, second) => first + second, { value: string }),
  };

  test.each(Object.keys(windowings))('are given to each group by its own type, in %s windows', (kind) => {
    const builder = new StreamsBuilder();
    const add = (_key: string, value: string | number, all: string) => `${all}${value} `;
    const groups = builder
      .stream('texts', texts)
      .groupByKey()
      .cogroup(add, { late: (late) => late.mapValues((value) => value.toUpperCase()).to('late-texts', texts) })
      .cogroup(builder.stream('numbers', numbers).groupByKey(), add, {
        late: (late) => late.mapValues((value) => value + 1).to('late-numbers', numbers),
      })
      .cogroup(builder.stream('rest', texts).groupByKey(), add);
    (windowings[kind] as Windowing)(groups)
      .toStream()
      .mapValues(String)
      .selectKey(({ key }) => key)
      .to('out', texts);
    const driver = new TopologyTestDriver(builder.build());
    const inputs = {
      texts: driver.createInputTopic('texts', texts),
      numbers: driver.createInputTopic('numbers', numbers),
      rest: driver.createInputTopic('rest', texts),
    };
    for (const input of [inputs.texts, inputs.rest]) input.pipeInput('k', 'now', 100);
    inputs.numbers.pipeInput('k', 0, 100);
    inputs.texts.pipeInput('k', 'old', 5);
    inputs.numbers.pipeInput('k', 41, 6);
    inputs.rest.pipeInput('k', 'older', 7);
    expect(driver.createOutputTopic('late-texts', texts).readRecordsToList()).toMatchObject([
      { key: 'k', value: 'OLD', timestamp: 5 },
    ]);
    expect(driver.createOutputTopic('late-numbers', numbers).readKeyValuesToList()).toEqual([['k', 42]]);
    expect(drops(driver)).toBe(1);
  });

  test('must be taken by a function', () => {
    const stream = new StreamsBuilder().stream('in', texts);
    expect(() => stream.groupByKey().cogroup(gather, { late: 'late' as never })).toThrow(TypeError);
  });
});
