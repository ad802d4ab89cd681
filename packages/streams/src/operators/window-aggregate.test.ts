import { bytes, int64, string, type Windowed, windowed } from '@nagare/serdes';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { KTable } from '../dsl/table.ts';
import { oneStream } from '../testing/one-stream.ts';
import { TimeWindows } from '../windows/time-windows.ts';
import { UnlimitedWindows } from '../windows/unlimited-windows.ts';

const minutes = TimeWindows.ofSizeAndGrace('1m', '10s');
const key = windowed(string, 60_000);

function perMinute(windows = minutes) {
  return oneStream(
    (stream) => {
      const table = stream.groupByKey().windowedBy(windows).count({ store: 'per-minute' });
      expectTypeOf(table).toEqualTypeOf<KTable<Windowed<string>, number>>();
      return table.toStream();
    },
    { key, value: int64 },
  );
}

const short = (records: readonly { key: Windowed<string> | null; value: unknown; timestamp: number }[]) =>
  records.map((record) => [record.key?.key, record.key?.window.start, record.value, record.timestamp]);

describe('windowed aggregation', () => {
  test('counts each key in each window, under the windowed key', () => {
    const { input, output } = perMinute();
    input.pipeInput('a', 'x', 1_000);
    input.pipeInput('a', 'x', 59_999);
    input.pipeInput('b', 'x', 60_000);
    input.pipeInput('a', 'x', 60_000);
    expect(short(output.readRecordsToList())).toEqual([
      ['a', 0, 1, 1_000],
      ['a', 0, 2, 59_999],
      ['b', 60_000, 1, 60_000],
      ['a', 60_000, 1, 60_000],
    ]);
  });

  test('takes late records until the end and the grace have passed, and drops and counts later ones', () => {
    const { driver, input, output } = perMinute();
    input.pipeInput('a', 'x', 1_000);
    input.pipeInput('b', 'x', 69_999);
    input.pipeInput('a', 'late', 2_000);
    input.pipeInput('b', 'x', 70_000);
    input.pipeInput('a', 'too late', 3_000);
    expect(short(output.readRecordsToList())).toEqual([
      ['a', 0, 1, 1_000],
      ['b', 60_000, 1, 69_999],
      ['a', 0, 2, 2_000],
      ['b', 60_000, 2, 70_000],
    ]);
    expect([...driver.droppedRecords]).toEqual([['late', 1]]);
  });

  test('drops a late record also after a restart', () => {
    const { driver, input, output } = perMinute();
    input.pipeInput('a', 'x', 200_000);
    driver.restart();
    input.pipeInput('a', 'too late', 1_000);
    input.pipeInput('a', 'x', 200_001);
    expect(short(output.readRecordsToList())).toEqual([
      ['a', 180_000, 1, 200_000],
      ['a', 180_000, 2, 200_001],
    ]);
    expect([...driver.droppedRecords]).toEqual([['late', 1]]);
  });

  test('gathers null values like others, and drops null keys', () => {
    const { driver, input, output } = perMinute();
    input.pipeInput('a', null, 1);
    input.pipeInput(null, 'x', 2);
    expect(short(output.readRecordsToList())).toEqual([['a', 0, 1, 1]]);
    expect([...driver.droppedRecords]).toEqual([['null-key', 1]]);
  });

  test('writes its changelog with the store key of Kafka Streams: key, start, sequence number', () => {
    const { driver, input } = perMinute();
    input.pipeInput('a', 'x', 61_000);
    const changelog = driver.createOutputTopic('test-per-minute-changelog', { key: bytes, value: int64 });
    expect(changelog.readRecord()).toEqual({
      key: Buffer.from('61' + '000000000000ea60' + '00000000', 'hex'),
      value: 1,
      timestamp: 61_000,
      headers: [],
    });
  });

  test('counts a record in each hopping window that takes it', () => {
    const { input, output } = perMinute(TimeWindows.ofSizeWithNoGrace('1m').advanceBy('30s'));
    input.pipeInput('a', 'x', 70_000);
    expect(short(output.readRecordsToList())).toEqual([
      ['a', 30_000, 1, 70_000],
      ['a', 60_000, 1, 70_000],
    ]);
  });

  test('keeps windows for the retention, and forgets older ones', () => {
    const { driver, input } = perMinute();
    const store = driver.getWindowStore<string, number>('per-minute');
    input.pipeInput('a', 'x', 0);
    input.pipeInput('a', 'x', 60_000);
    expect(store.fetch('a', 0)).toEqual({ value: 1, timestamp: 0 });
    input.pipeInput('a', 'x', 600_000);
    expect(store.fetch('a', 0)).toBeUndefined();
    expect(store.fetch('a', 600_000)).toEqual({ value: 1, timestamp: 600_000 });
  });

  test('reduces and aggregates too', () => {
    const reduced = oneStream(
      (stream) =>
        stream
          .groupByKey()
          .windowedBy(minutes)
          .reduce((a, b) => `${a}${b}`)
          .toStream(),
      { key, value: string },
    );
    reduced.input.pipeKeyValueList([
      ['a', '1'],
      ['a', '2'],
    ]);
    expect(reduced.output.readValuesToList()).toEqual(['1', '12']);
    const aggregated = oneStream(
      (stream) =>
        stream
          .groupByKey()
          .windowedBy(minutes)
          .aggregate(
            () => 0,
            (_key, value, sum) => sum + value.length,
            { value: int64 },
          )
          .toStream(),
      { key, value: int64 },
    );
    aggregated.input.pipeKeyValueList([
      ['a', 'xy'],
      ['a', 'xyz'],
    ]);
    expect(aggregated.output.readValuesToList()).toEqual([2, 5]);
  });

  test('refuses a retention that is shorter than size and grace', () => {
    const build = () =>
      oneStream((stream) => stream.groupByKey().windowedBy(minutes).count({ retention: '1m' }).toStream(), {
        key,
        value: int64,
      });
    expect(build).toThrow(RangeError);
  });

  test('sends one result for each window when it has closed, also when time jumps or the interval is not over', () => {
    const { driver, input, output } = oneStream(
      (stream) => stream.groupByKey().windowedBy(minutes).emitStrategy('on-window-close').count().toStream(),
      { key, value: int64 },
    );
    input.pipeInput('a', 'x', 1_000);
    input.pipeInput('a', 'x', 2_000);
    input.pipeInput('b', 'x', 61_000);
    expect(output.isEmpty).toBe(true);
    input.pipeInput('a', 'x', 9_000_000);
    driver.advanceWallClockTime('1s');
    input.pipeInput('a', 'x', 9_000_001);
    expect(short(output.readRecordsToList())).toEqual([
      ['a', 0, 2, 2_000],
      ['b', 60_000, 1, 61_000],
    ]);
  });

  test('refuses to wait for the end of unlimited windows', () => {
    const build = () =>
      oneStream(
        (stream) =>
          stream.groupByKey().windowedBy(UnlimitedWindows.of()).emitStrategy('on-window-close').count().toStream(),
        { key, value: int64 },
      );
    expect(build).toThrow(/never close/);
    expect(() => UnlimitedWindows.startOn(-1)).toThrow(RangeError);
  });
});
