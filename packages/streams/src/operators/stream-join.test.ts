import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { KStream } from '../dsl/stream.ts';
import { TopologyTestDriver } from '../testing/topology-test-driver.ts';
import { JoinWindows } from '../windows/join-windows.ts';

const texts = { key: string, value: string };
const windows = JoinWindows.ofTimeDifferenceAndGrace(10, 5);
const slash = (x: string | null, y: string | null) => `${x}/${y}`;

type Text = KStream<string, string>;

function twoStreams(join: (left: Text, right: Text) => Text, emitIntervalMs = 0) {
  const builder = new StreamsBuilder();
  join(builder.stream('left', texts), builder.stream('right', texts)).to('out', texts);
  const driver = new TopologyTestDriver(builder.build(), { emitIntervalMs });
  return {
    driver,
    left: driver.createInputTopic('left', texts),
    right: driver.createInputTopic('right', texts),
    output: driver.createOutputTopic('out', texts),
  };
}

const outer = (left: Text, right: Text) => left.outerJoin(right, slash, windows);

describe('a join of two streams', () => {
  test('joins what lies within the window, at the later time, duplicates too', () => {
    const { left, right, output } = twoStreams((l, r) => l.join(r, slash, windows));
    left.pipeInput('k', 'a', 20);
    left.pipeInput('k', 'b', 20);
    right.pipeInput('k', 'x', 10);
    right.pipeInput('k', 'y', 31);
    right.pipeInput('other', 'z', 20);
    expect(output.readRecordsToList().map(({ value, timestamp }) => [value, timestamp])).toEqual([
      ['a/x', 20],
      ['b/x', 20],
    ]);
  });

  test('sends a record that stays alone when its window and the grace have passed, and not before', () => {
    const { left, right, output } = twoStreams(outer);
    left.pipeInput('a', 'a', 0);
    right.pipeInput('b', 'b', 1);
    left.pipeInput('c', 'c', 15);
    expect(output.isEmpty).toBe(true);
    left.pipeInput('d', 'd', 17);
    expect(output.readRecordsToList().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['a', 'a/null', 0],
      ['b', 'null/b', 1],
    ]);
  });

  test('sends nothing alone for a record that finds a partner late', () => {
    const { left, right, output } = twoStreams(outer);
    left.pipeInput('k', 'a', 0);
    right.pipeInput('k', 'x', 10);
    right.pipeInput('z', 'z', 100);
    expect(output.readValuesToList()).toEqual(['a/x']);
  });

  test('remembers over a restart what waits alone', () => {
    const { driver, left, output } = twoStreams((l, r) => l.leftJoin(r, slash, windows));
    left.pipeInput('k', 'a', 0);
    driver.restart();
    left.pipeInput('z', 'z', 100);
    expect(output.readValuesToList()).toEqual(['a/null']);
  });

  test('looks for those that stayed alone once in an interval of the wall clock', () => {
    const { driver, left, output } = twoStreams((l, r) => l.leftJoin(r, slash, windows), 1_000);
    left.pipeInput('k', 'a', 0);
    left.pipeInput('k', 'b', 100);
    driver.advanceWallClockTime(999);
    left.pipeInput('k', 'c', 200);
    expect(output.readValuesToList()).toEqual([]);
    driver.advanceWallClockTime(1);
    left.pipeInput('k', 'd', 300);
    expect(output.readValuesToList()).toEqual(['a/null', 'b/null', 'c/null']);
  });

  test('sends a record without a key alone at once where it may, and drops it elsewhere', () => {
    const { driver, left, right, output } = twoStreams((l, r) => l.leftJoin(r, slash, windows));
    left.pipeInput(null, 'a', 0);
    right.pipeInput(null, 'x', 0);
    left.pipeInput('k', null, 0);
    expect(output.readKeyValuesToList()).toEqual([[null, 'a/null']]);
    expect([...driver.droppedRecords]).toEqual([
      ['null-key', 1],
      ['null-value', 1],
    ]);
  });

  test('needs windows that are not empty', () => {
    expect(() => windows.before(-20)).toThrow(RangeError);
    const withoutWindows = (l: Text, r: Text) => l.join(r as never, slash);
    expect(() => twoStreams(withoutWindows)).toThrow(TypeError);
  });
});
