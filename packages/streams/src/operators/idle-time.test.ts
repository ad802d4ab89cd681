import { int64, string, type Windowed } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import type { KTable } from '../dsl/table.ts';
import { oneStream } from '../testing/one-stream.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import { SlidingWindows } from '../windows/sliding-windows.ts';
import { Suppressed } from '../windows/suppressed.ts';
import { TimeWindows } from '../windows/time-windows.ts';

const out = { key: string, value: int64 };
const shown = ({ key, window: { start, end } }: Windowed<string>) => `${key}@${start}-${end}`;

type Windowing = (stream: KStream<string, string>, idle: string | undefined) => KTable<Windowed<string>, number>;

const idleOf = (idle: string | undefined) => (idle === undefined ? {} : { idle });

const kinds: Readonly<Record<string, Windowing>> = {
  tumbling: (stream, idle) =>
    stream
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace('10s', '5s'))
      .emitStrategy('on-window-close', idleOf(idle))
      .count({ store: 'counts' }),
  hopping: (stream, idle) =>
    stream
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace('10s', '5s').advanceBy('5s'))
      .emitStrategy('on-window-close', idleOf(idle))
      .count(),
  sliding: (stream, idle) =>
    stream
      .groupByKey()
      .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace('10s', '5s'))
      .emitStrategy('on-window-close', idleOf(idle))
      .count(),
  sessions: (stream, idle) =>
    stream
      .groupByKey()
      .windowedBy(SessionWindows.ofInactivityGapAndGrace('10s', '5s'))
      .emitStrategy('on-window-close', idleOf(idle))
      .count(),
  suppressed: (stream, idle) =>
    stream
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace('10s', '5s'))
      .count()
      .suppress(Suppressed.untilWindowCloses(idleOf(idle))),
};

function world(kind: string, idle: string | undefined) {
  return oneStream((stream) => (kinds[kind] as Windowing)(stream, idle).toStream().selectKey(shown), out);
}

describe.each(Object.keys(kinds))('%s windows', (kind) => {
  test('close by the clock when no record comes, with the results that a record would have brought', () => {
    const [idle, busy] = [world(kind, '8s'), world(kind, undefined)];
    for (const { input } of [idle, busy]) {
      input.pipeInput('a', 'x', 21_000);
      input.pipeInput('b', 'x', 22_000);
    }
    for (let second = 0; second < 60; second += 1)
      for (const { driver } of [idle, busy]) driver.advanceWallClockTime('1s');
    expect(busy.output.isEmpty).toBe(true);
    busy.input.pipeInput('z', 'x', 100_000);
    const results = idle.output.readKeyValuesToList();
    expect(results.length).toBeGreaterThan(0);
    expect(results).toEqual(busy.output.readKeyValuesToList());
  });

  test('stay open while records come', () => {
    const { driver, input, output } = world(kind, '8s');
    for (let second = 0; second < 60; second += 1) {
      input.pipeInput('a', 'x', 21_000);
      driver.advanceWallClockTime('1s');
    }
    expect(output.isEmpty).toBe(true);
  });

  test('send no second result for what the clock has closed', () => {
    const { driver, input, output } = world(kind, '8s');
    input.pipeInput('a', 'x', 21_000);
    for (let second = 0; second < 60; second += 1) driver.advanceWallClockTime('1s');
    const results = output.readKeyValuesToList();
    input.pipeInput('a', 'x', 21_000);
    input.pipeInput('z', 'x', 200_000);
    const again = output.readKeyValuesToList().map(([key]) => key);
    for (const [key] of results) expect(again).not.toContain(key);
    expect(driver.droppedRecords.get('late')).toBeGreaterThan(0);
  });

  test('are not closed by the clock where nobody has asked for it', () => {
    const { driver, input, output } = world(kind, undefined);
    input.pipeInput('a', 'x', 21_000);
    driver.advanceWallClockTime('1h');
    driver.advanceWallClockTime('1h');
    expect(output.isEmpty).toBe(true);
  });
});

test('time goes on from where it was, not to the end of all windows at once', () => {
  const { driver, input, output } = world('tumbling', '2s');
  input.pipeInput('a', 'x', 21_000);
  for (let second = 0; second < 12; second += 1) driver.advanceWallClockTime('1s');
  expect(output.isEmpty).toBe(true);
  for (let second = 0; second < 5; second += 1) driver.advanceWallClockTime('1s');
  expect(output.readKeyValuesToList()).toEqual([['a@20000-30000', 1]]);
});

test('the clock takes over no sooner than it was told', () => {
  const { driver, input, output } = world('tumbling', '40s');
  input.pipeInput('a', 'x', 21_000);
  for (let second = 0; second < 39; second += 1) driver.advanceWallClockTime('1s');
  expect(output.isEmpty).toBe(true);
  for (let second = 0; second < 15; second += 1) driver.advanceWallClockTime('1s');
  expect(output.readKeyValuesToList()).toEqual([['a@20000-30000', 1]]);
});

test('a restart goes on from the time that was committed', () => {
  const { driver, input, output } = world('tumbling', '2s');
  input.pipeInput('a', 'x', 21_000);
  driver.restart();
  for (let second = 0; second < 20; second += 1) driver.advanceWallClockTime('1s');
  expect(output.readKeyValuesToList()).toEqual([['a@20000-30000', 1]]);
});

test('changes of a table that wait for a time are sent by the clock', () => {
  const { driver, input, output } = oneStream(
    (stream) =>
      stream
        .groupByKey()
        .count()
        .suppress(Suppressed.untilTimeLimit('10s', { idle: '4s' }))
        .toStream(),
    out,
  );
  input.pipeInput('a', 'x', 1_000);
  input.pipeInput('b', 'x', 3_000);
  for (let second = 0; second < 30; second += 1) driver.advanceWallClockTime('1s');
  expect(output.readKeyValuesToList()).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
});

test('idle needs results that are final', () => {
  expect(() =>
    oneStream(
      (stream) =>
        stream
          .groupByKey()
          .windowedBy(TimeWindows.ofSizeWithNoGrace('1s'))
          .emitStrategy('on-window-update', { idle: '1s' })
          .count()
          .toStream()
          .selectKey(shown),
      out,
    ),
  ).toThrow(TypeError);
  expect(() => Suppressed.untilWindowCloses({ idle: 0 })).toThrow(RangeError);
});
