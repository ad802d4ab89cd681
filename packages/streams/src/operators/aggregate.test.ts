import { int32, string } from '@nagare/serdes';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { KTable } from '../dsl/table.ts';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };

function joined() {
  return oneStream((stream) => {
    const table = stream.groupByKey().aggregate(
      () => 'start',
      (key, value, old) => (value === 'reset' ? null : `${old}+${key}${value}`),
      { store: 'joined', value: string },
    );
    expectTypeOf(table).toEqualTypeOf<KTable<string, string>>();
    return table.toStream();
  }, texts);
}

describe('aggregate', () => {
  test('sends every new state of a key', () => {
    const { input, output } = joined();
    input.pipeKeyValueList([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
    expect(output.readKeyValuesToList()).toEqual([
      ['a', 'start+a1'],
      ['b', 'start+b2'],
      ['a', 'start+a1+a3'],
    ]);
  });

  test('gives the result the largest timestamp of what it is made of', () => {
    const { input, output } = joined();
    input.pipeInput('a', '1', 10);
    input.pipeInput('a', '2', 5);
    input.pipeInput('a', '3', 20);
    expect(output.readRecordsToList().map(({ timestamp }) => timestamp)).toEqual([10, 10, 20]);
  });

  test('drops and counts records without key or value', () => {
    const { driver, input, output } = joined();
    input.pipeKeyValueList([
      [null, '1'],
      ['a', null],
      ['a', null],
    ]);
    expect(output.isEmpty).toBe(true);
    expect([...driver.droppedRecords]).toEqual([
      ['null-key', 1],
      ['null-value', 2],
    ]);
  });

  test('deletes on null, and starts anew with the next value', () => {
    const { driver, input, output } = joined();
    input.pipeKeyValueList([
      ['a', '1'],
      ['a', 'reset'],
      ['a', '2'],
    ]);
    expect(output.readValuesToList()).toEqual(['start+a1', null, 'start+a2']);
    expect(driver.getKeyValueStore('joined').get('a')).toBe('start+a2');
  });

  test('goes on after a restart, from its changelog', () => {
    const { driver, input, output } = joined();
    input.pipeKeyValueList([
      ['a', '1'],
      ['b', '1'],
      ['b', 'reset'],
    ]);
    driver.restart();
    output.readRecordsToList();
    input.pipeKeyValueList([
      ['a', '2'],
      ['b', '2'],
    ]);
    expect(output.readValuesToList()).toEqual(['start+a1+a2', 'start+b2']);
  });

  test('writes to its changelog what Kafka Streams writes: the value, at the time of the result', () => {
    const { driver, input } = joined();
    input.pipeInput('a', '1', 10);
    input.pipeInput('a', 'reset', 12);
    expect(driver.createOutputTopic('test-joined-changelog', texts).readRecordsToList()).toEqual([
      { key: 'a', value: 'start+a1', timestamp: 10, headers: [] },
      { key: 'a', value: null, timestamp: 12, headers: [] },
    ]);
  });

  test('ends the task when its function throws', () => {
    const failing = () => {
      throw new Error('boom');
    };
    const { input } = oneStream(
      (stream) =>
        stream
          .groupByKey()
          .aggregate(() => 0, failing, { value: int32 })
          .toStream(),
      { key: string, value: int32 },
    );
    expect(() => input.pipeInput('a', 'x')).toThrow(expect.objectContaining({ code: 'NAGARE_STREAMS_USER_FUNCTION' }));
  });

  test('says which value its store cannot hold', () => {
    const { input } = oneStream(
      (stream) =>
        stream
          .groupByKey()
          .aggregate(
            () => 0,
            () => 0.5,
            { value: int32 },
          )
          .toStream(),
      { key: string, value: int32 },
    );
    expect(() => input.pipeInput('a', 'x')).toThrow(
      expect.objectContaining({ code: 'NAGARE_STREAMS_SERIALIZATION', message: expect.stringContaining('0.5') }),
    );
  });
});
