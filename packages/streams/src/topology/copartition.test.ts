import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { planPartitions } from './copartition.ts';

const texts = { key: string, value: string };

function planned(build: (b: StreamsBuilder) => void, counts: Record<string, number>): Record<string, number> {
  const builder = new StreamsBuilder();
  build(builder);
  return Object.fromEntries(planPartitions(builder.build(), new Map(Object.entries(counts))));
}

describe('partitions of repartition topics', () => {
  test('are as many as the most of the topics that feed it, along a chain of them', () => {
    const build = (b: StreamsBuilder) =>
      b
        .stream(['in-1', 'in-2'], texts)
        .groupBy((_, v) => v, { ...texts, name: 'first' })
        .count()
        .toStream()
        .map((k) => [k, k])
        .repartition({ name: 'second', ...texts })
        .to('out');
    expect(planned(build, { 'in-1': 3, 'in-2': 5 })).toEqual({ 'first-repartition': 5, 'second-repartition': 5 });
  });

  test('are as many as the application says', () => {
    const build = (b: StreamsBuilder) =>
      b.stream('in', texts).repartition({ name: 'through', partitions: 7 }).to('out');
    expect(planned(build, { in: 2 })).toEqual({ 'through-repartition': 7 });
  });

  test('are as many as those of the topic that it is joined with', () => {
    const build = (b: StreamsBuilder) =>
      b
        .stream('orders', texts)
        .selectKey((_, v) => v)
        .join(b.table('customers', texts), (order) => order, { ...texts, name: 'joined' })
        .to('out', texts);
    expect(planned(build, { orders: 2, customers: 6 })).toEqual({ 'joined-repartition': 6 });
  });
});

describe('joined topics', () => {
  const join = (b: StreamsBuilder) =>
    b
      .stream('orders', texts)
      .join(b.table('customers', texts), (order) => order)
      .to('out', texts);

  test('must have equally many partitions', () => {
    expect(planned(join, { orders: 2, customers: 2 })).toEqual({});
    expect(() => planned(join, { orders: 2, customers: 3 })).toThrow(
      expect.objectContaining({ code: 'NAGARE_STREAMS_NOT_COPARTITIONED' }),
    );
  });

  test('must exist', () => {
    expect(() => planned(join, { orders: 2 })).toThrow(
      expect.objectContaining({ code: 'NAGARE_STREAMS_TOPIC_MISSING', message: expect.stringContaining('customers') }),
    );
  });
});
