import { bytes, int64, sessionWindowed, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { oneStream } from '../testing/one-stream.ts';
import { SessionWindows } from '../windows/session-windows.ts';

const key = sessionWindowed(string);
const windows = SessionWindows.ofInactivityGapAndGrace('10s', '5s');

const counted = () =>
  oneStream((stream) => stream.groupByKey().windowedBy(windows).count({ store: 'visits' }).toStream(), {
    key,
    value: int64,
  });

type Row = {
  readonly key: { key: string; window: { start: number; end: number } } | null;
  readonly value: unknown;
  readonly timestamp: number;
};
const short = (records: readonly Row[]) =>
  records.map((each) => [each.key?.key, each.key?.window.start, each.key?.window.end, each.value, each.timestamp]);

describe('aggregation in sessions', () => {
  test('puts sessions that a record connects into one, and deletes those', () => {
    const { input, output } = counted();
    input.pipeInput('a', 'x', 0);
    input.pipeInput('a', 'x', 14_000);
    input.pipeInput('a', 'x', 7_000);
    expect(short(output.readRecordsToList())).toEqual([
      ['a', 0, 0, 1, 0],
      ['a', 14_000, 14_000, 1, 14_000],
      ['a', 0, 0, null, 0],
      ['a', 14_000, 14_000, null, 14_000],
      ['a', 0, 14_000, 3, 14_000],
    ]);
  });

  test('counts on in a session of one moment without deleting it', () => {
    const { input, output } = counted();
    input.pipeInput('a', 'x', 5);
    input.pipeInput('a', 'x', 5);
    expect(short(output.readRecordsToList())).toEqual([
      ['a', 5, 5, 1, 5],
      ['a', 5, 5, 2, 5],
    ]);
  });

  test('takes a late record that reaches a living session, drops another, also after a restart', () => {
    const { driver, input, output } = counted();
    input.pipeInput('a', 'x', 40_000);
    input.pipeInput('a', 'x', 50_000);
    driver.restart();
    input.pipeInput('a', 'too late', 24_999);
    input.pipeInput('a', 'x', 30_000);
    expect(short(output.readRecordsToList()).at(-1)).toEqual(['a', 30_000, 50_000, 3, 50_000]);
    expect([...driver.droppedRecords]).toEqual([['late', 1]]);
  });

  test('writes its changelog with the store key of Kafka Streams: key, end, start', () => {
    const { driver, input } = counted();
    input.pipeInput('a', 'x', 61_000);
    input.pipeInput('a', 'x', 62_000);
    const changelog = driver.createOutputTopic('test-visits-changelog', { key: bytes, value: int64 });
    const rows = changelog.readRecordsToList().map((each) => [each.key?.toString('hex'), each.value]);
    expect(rows).toContainEqual([`61${'000000000000f230'}${'000000000000ee48'}`, 2]);
    expect(rows).toContainEqual([`61${'000000000000ee48'}${'000000000000ee48'}`, null]);
  });

  test('sends one result for each session when it has closed', () => {
    const { driver, input, output } = oneStream(
      (stream) => stream.groupByKey().windowedBy(windows).emitStrategy('on-window-close').count().toStream(),
      { key, value: int64 },
      { emitIntervalMs: 0 },
    );
    input.pipeInput('a', 'x', 0);
    input.pipeInput('a', 'x', 8_000);
    input.pipeInput('b', 'x', 23_000);
    expect(output.isEmpty).toBe(true);
    driver.restart();
    input.pipeInput('b', 'x', 23_001);
    input.pipeInput('b', 'x', 900_000);
    expect(short(output.readRecordsToList())).toEqual([
      ['a', 0, 8_000, 2, 8_000],
      ['b', 23_000, 23_001, 2, 23_001],
    ]);
  });

  test('needs a gap', () => {
    expect(() => SessionWindows.ofInactivityGapWithNoGrace(0)).toThrow(RangeError);
  });
});
