import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import type { StreamsBuilder } from '../dsl/builder.ts';
import type { KStream } from '../dsl/stream.ts';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };

function joining(join: (orders: KStream<string, string>, builder: StreamsBuilder) => KStream<string, string>) {
  const one = oneStream(join, texts);
  return { ...one, customers: one.driver.createInputTopic('customers', texts) };
}

const both = (order: string, name: string | null) => `${order}/${name}`;
const inner = () =>
  joining((orders, b) => orders.join(b.table('customers', texts), (o, n, key) => `${key}:${both(o, n)}`));
const left = () => joining((orders, b) => orders.leftJoin(b.table('customers', texts), both));

describe('join of a stream with a table', () => {
  test('sends a result for each record of the stream that has a row, at its time', () => {
    const { input, customers, output } = inner();
    input.pipeInput('a', 'too early', 1);
    customers.pipeInput('a', 'Ann', 100);
    input.pipeInput('a', 'order', 5);
    customers.pipeInput('a', 'Anna', 101);
    input.pipeInput('a', 'order 2', 6);
    expect(output.readRecordsToList().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['a', 'a:order/Ann', 5],
      ['a', 'a:order 2/Anna', 6],
    ]);
  });

  test('finds no row after a tombstone', () => {
    const { input, customers, output } = inner();
    customers.pipeInput('a', 'Ann');
    customers.pipeInput('a', null);
    input.pipeInput('a', 'order');
    expect(output.isEmpty).toBe(true);
  });

  test('drops and counts records without key or value', () => {
    const { driver, input, customers, output } = inner();
    customers.pipeInput('a', 'Ann');
    customers.pipeInput(null, 'no key');
    input.pipeKeyValueList([
      [null, 'x'],
      ['a', null],
    ]);
    expect(output.isEmpty).toBe(true);
    expect([...driver.droppedRecords]).toEqual([
      ['null-key', 2],
      ['null-value', 1],
    ]);
  });

  test('has its rows again after a restart', () => {
    const { driver, input, customers, output } = inner();
    customers.pipeInput('a', 'Ann');
    driver.restart();
    input.pipeInput('a', 'order');
    expect(output.readValuesToList()).toEqual(['a:order/Ann']);
  });

  test('sees the rows of a table that was filtered and mapped', () => {
    const { input, customers, output } = joining((orders, b) => {
      const names = b.table('customers', texts).filter((_, name) => name !== 'blocked');
      return orders.join(
        names.mapValues((name) => name.toUpperCase()),
        both,
      );
    });
    customers.pipeKeyValueList([
      ['a', 'Ann'],
      ['b', 'blocked'],
    ]);
    input.pipeKeyValueList([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(output.readKeyValuesToList()).toEqual([['a', '1/ANN']]);
  });

  test('sees the rows of an aggregation', () => {
    const { input, customers, output } = joining((orders, b) =>
      orders.join(b.stream('customers', texts).groupByKey().count(), (order, count) => `${order}/${count}`),
    );
    customers.pipeKeyValueList([
      ['a', 'x'],
      ['a', 'y'],
    ]);
    input.pipeInput('a', '1');
    expect(output.readValuesToList()).toEqual(['1/2']);
  });

  test('sees the rows of a stream that was made a table', () => {
    const { input, customers, output } = joining((orders, b) => {
      const table = b
        .stream('customers', texts)
        .selectKey((_, name) => name)
        .toTable(texts);
      return orders.join(table, both);
    });
    customers.pipeInput('1', 'a');
    input.pipeInput('a', 'order');
    expect(output.readValuesToList()).toEqual(['order/a']);
  });

  test('repartitions the stream when its key may have changed, and binds both to equal partitions', () => {
    const { topology, input, customers, output } = joining((orders, b) =>
      orders.selectKey((_, value) => value).join(b.table('customers', texts), both, texts),
    );
    expect(topology.repartitionTopics.map(({ name }) => name)).toEqual(['KSTREAM-KEY-SELECT-0000000001-repartition']);
    expect(topology.copartitionGroups).toEqual([['KSTREAM-KEY-SELECT-0000000001-repartition', 'customers']]);
    customers.pipeInput('a', 'Ann');
    input.pipeInput('1', 'a');
    expect(output.readKeyValuesToList()).toEqual([['a', 'a/Ann']]);
  });
});

describe('left join of a stream with a table', () => {
  test('gives null to the joiner where there is no row', () => {
    const { input, customers, output } = left();
    input.pipeInput('a', '1');
    customers.pipeInput('a', 'Ann');
    input.pipeInput('a', '2');
    expect(output.readValuesToList()).toEqual(['1/null', '2/Ann']);
  });

  test('keeps records without a key, and drops those without a value', () => {
    const { driver, input, output } = left();
    input.pipeKeyValueList([
      [null, 'x'],
      ['a', null],
    ]);
    expect(output.readKeyValuesToList()).toEqual([[null, 'x/null']]);
    expect([...driver.droppedRecords]).toEqual([['null-value', 1]]);
  });
});
