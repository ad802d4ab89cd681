import { int32, string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { keyValueStore } from '../state/store-spec.ts';
import { StreamsBuilder } from './builder.ts';

const texts = { key: string, value: string };
const topologyError = (message: RegExp) =>
  expect.objectContaining({ code: 'NAGARE_STREAMS_TOPOLOGY', message: expect.stringMatching(message) });

describe('StreamsBuilder refuses', () => {
  const refusals: [string, (b: StreamsBuilder) => void, RegExp][] = [
    ['a topology without nodes', () => undefined, /no nodes/],
    [
      'sources with overlapping topics',
      (b) => {
        b.stream(['a', 'b'], texts);
        b.stream('a', texts);
      },
      /overlapping/,
    ],
    [
      'sources of one topic with different resets',
      (b) => {
        b.stream('a', { ...texts, offsetReset: 'earliest' });
        b.stream('a', { ...texts, offsetReset: 'latest' });
      },
      /different offset resets/,
    ],
    [
      'two nodes of one name',
      (b) => {
        const s = b.stream('a', texts);
        s.filter(() => true, { name: 'x' });
        s.filter(() => true, { name: 'x' });
      },
      /two nodes are named x/,
    ],
    [
      'two stores of one name',
      (b) => {
        b.addStateStore(keyValueStore({ name: 's', ...texts }));
        b.addStateStore(keyValueStore({ name: 's', ...texts }));
      },
      /two stores are named s/,
    ],
    [
      'two streams through one repartition topic',
      (b) => {
        b.stream('a', texts).repartition({ name: 'r' });
        b.stream('b', texts).repartition({ name: 'r' });
      },
      /through r-repartition/,
    ],
    [
      'names that no topic could have',
      (b) => b.stream('a', texts).filter(() => true, { name: 'a/b' }),
      /"a\/b" must be/,
    ],
  ];

  test.each(refusals)('%s', (_what, build, message) => {
    const builder = new StreamsBuilder();
    expect(() => {
      build(builder);
      builder.build();
    }).toThrow(topologyError(message));
  });

  test('a store that was not added', () => {
    const stream = new StreamsBuilder().stream('a', texts);
    expect(() => stream.process(() => () => undefined, { stores: ['missing'] })).toThrow(
      expect.objectContaining({ code: 'NAGARE_STREAMS_STORE_UNKNOWN' }),
    );
  });

  test('a grouping whose serdes are not known, and says how to give them', () => {
    const grouped = new StreamsBuilder()
      .stream('a', texts)
      .map((key, value) => [key, value.length])
      .groupByKey();
    expect(() => grouped.count()).toThrow('count() needs the serde of its keys: pass { key: … }');
    expect(() =>
      grouped.aggregate(
        () => 0,
        (_key, value, sum) => sum + value,
        { value: int32, key: string },
      ),
    ).toThrow(/needs the serde of its keys/);
  });

  test('a number of partitions that is none', () => {
    expect(() => new StreamsBuilder().stream('a', texts).repartition({ partitions: 0 })).toThrow(RangeError);
  });
});
