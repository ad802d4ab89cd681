import { string } from '@nagare/serdes';
import { concatMap, distinctUntilChanged, map, Observable, of, take } from 'rxjs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import { StreamRecord } from '../record.ts';
import { oneStream } from '../testing/one-stream.ts';
import { count } from './count.ts';
import { filter } from './filter.ts';
import { lift } from './lift.ts';
import { mapValues } from './map-values.ts';

const texts = { key: string, value: string };

describe('pipe', () => {
  test("takes RxJS's operators and ours, a node each", () => {
    const { input, output, topology } = oneStream((stream) => {
      const piped = stream.pipe(
        map((record) => record.withValue(record.value.length)),
        filter((_key, length) => length > 1),
        mapValues((length) => `length ${length}`),
      );
      expectTypeOf(piped).toEqualTypeOf<KStream<string, string>>();
      return piped;
    }, texts);
    input.pipeKeyValueList([
      ['a', 'x'],
      ['b', 'xyz'],
    ]);
    expect(output.readKeyValuesToList()).toEqual([['b', 'length 3']]);
    expect(topology.subTopologies[0]?.processors.map(({ name }) => name)).toEqual([
      'KSTREAM-PIPE-0000000001',
      'KSTREAM-FILTER-0000000002',
      'KSTREAM-MAPVALUES-0000000003',
    ]);
  });

  test('takes an operator that emits several records at once', () => {
    const { input, output } = oneStream(
      (stream) => stream.pipe(concatMap((record) => of(record, record.withValue(`${record.value}!`)))),
      texts,
    );
    input.pipeInput('a', 'x', 9);
    expect(output.readRecordsToList().map(({ value, timestamp }) => [value, timestamp])).toEqual([
      ['x', 9],
      ['x!', 9],
    ]);
  });

  test('lets an operator complete: nothing comes after', () => {
    const { input, output } = oneStream((stream) => stream.pipe(take(1)), texts);
    input.pipeKeyValueList([
      ['a', 'x'],
      ['b', 'y'],
    ]);
    expect(output.readKeyValuesToList()).toEqual([['a', 'x']]);
  });
});

describe('lift', () => {
  test('repartitions downstream unless it is told that the key stays', () => {
    const counted = (options: { keepsKey?: boolean; keepsValue?: boolean }) =>
      oneStream(
        (stream) =>
          stream
            .pipe(
              lift(
                distinctUntilChanged<StreamRecord<string, string>>((a, b) => a.value === b.value),
                options,
              ),
            )
            .groupByKey(texts)
            .count()
            .toStream()
            .mapValues(String),
        texts,
      ).topology.repartitionTopics.length;
    expect(counted({})).toBe(1);
    expect(counted({ keepsKey: true, keepsValue: true })).toBe(0);
  });

  test('ends the task when the operator fails', () => {
    const failing = map((record: StreamRecord<string, string>) => {
      if (record.value === 'bad') throw new Error('boom');
      return record;
    });
    const { input } = oneStream((stream) => stream.pipe(failing), texts);
    input.pipeInput('a', 'good');
    expect(() => input.pipeInput('a', 'bad')).toThrow(
      expect.objectContaining({ code: 'NAGARE_STREAMS_USER_FUNCTION' }),
    );
  });

  test('ends the task when something is emitted after the record was processed, and names mapAsync', async () => {
    const later = (source: Observable<StreamRecord<string, string>>) =>
      new Observable<StreamRecord<string, string>>((subscriber) =>
        source.subscribe((record) => void Promise.resolve().then(() => subscriber.next(record))),
      );
    const { input, output } = oneStream((stream) => stream.pipe(later), texts);
    input.pipeInput('a', 'x');
    await Promise.resolve();
    expect(output.isEmpty).toBe(true);
    expect(() => input.pipeInput('b', 'y')).toThrow(
      expect.objectContaining({ code: 'NAGARE_STREAMS_LATE_EMISSION', message: expect.stringContaining('mapAsync') }),
    );
  });
});

describe('an operator', () => {
  test('works on any Observable of records while it has no state', () => {
    const seen: unknown[] = [];
    of(new StreamRecord('a', 'x', 1))
      .pipe(mapValues((value) => value.length))
      .subscribe(({ value }) => seen.push(value));
    expect(seen).toEqual([1]);
  });

  test('says so when it has state and there is no topology', () => {
    const error = { code: 'NAGARE_STREAMS_NOT_RUNNING' };
    expect(() => of(new StreamRecord('a', 'x', 1)).pipe(count('s', { areSent: false }))).toThrow(
      expect.objectContaining(error),
    );
  });

  test('of another kind is refused by pipe', () => {
    expect(() => oneStream((stream) => stream.pipe({} as never), texts)).toThrow(TypeError);
  });
});
