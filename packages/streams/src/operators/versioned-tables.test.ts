import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { KStream } from '../dsl/stream.ts';
import type { Joined } from '../dsl/stream-table-join.ts';
import type { KTable } from '../dsl/table.ts';
import { oneStream } from '../testing/one-stream.ts';
import { TopologyTestDriver } from '../testing/topology-test-driver.ts';
import { Suppressed } from '../windows/suppressed.ts';

const texts = { key: string, value: string };
const history = '1m';

/** Prices, versioned, and what is made of their changes. */
function ofPrices(describe: (prices: KTable<string, string>, builder: StreamsBuilder) => KTable<string, string>) {
  const builder = new StreamsBuilder();
  describe(builder.table('prices', { ...texts, store: 'rows', history }), builder)
    .toStream()
    .to('out', texts);
  const driver = new TopologyTestDriver(builder.build());
  const output = driver.createOutputTopic('out', texts);
  return { driver, prices: driver.createInputTopic('prices', texts), sent: () => output.readKeyValuesToList() };
}

describe('a versioned table', () => {
  test('sends every change but those that are older than its history, and puts late ones into the past', () => {
    const { driver, prices, sent } = ofPrices((table) => table);
    prices.pipeInput('tea', '2', 100_000);
    prices.pipeInput('tea', '1', 50_000);
    prices.pipeInput('tea', '0', 39_999);
    expect(sent()).toEqual([
      ['tea', '2'],
      ['tea', '1'],
    ]);
    const rows = driver.getVersionedKeyValueStore<string, string>('rows');
    expect(rows.get('tea')?.value).toBe('2');
    expect(rows.get('tea', 60_000)).toEqual({ value: '1', timestamp: 50_000, validTo: 100_000 });
    expect([...driver.droppedRecords]).toEqual([['late', 1]]);
  });

  test('is whole again after a restart', () => {
    const { driver, prices } = ofPrices((table) => table);
    prices.pipeInput('tea', '2', 100_000);
    prices.pipeInput('tea', '1', 50_000);
    driver.restart();
    prices.pipeInput('tea', 'too late', 39_999);
    const rows = driver.getVersionedKeyValueStore<string, string>('rows');
    expect([...rows.versions('tea')].map(({ value }) => value)).toEqual(['1', '2']);
    expect([...driver.droppedRecords]).toEqual([['late', 1]]);
  });

  test('gives only its newest rows to a grouping and a join of tables', () => {
    const grouped = ofPrices((table) =>
      table
        .groupBy((_, price) => ['all', price], texts)
        .aggregate(
          () => '',
          (_, price, all) => all + price,
          (_, price, all) => all.replace(price, ''),
          { value: string },
        ),
    );
    const joined = ofPrices((table, builder) => table.leftJoin(builder.table('names', texts), (a, b) => `${a}/${b}`));
    for (const { prices } of [grouped, joined]) {
      prices.pipeInput('tea', '2', 100_000);
      prices.pipeInput('tea', '1', 50_000);
    }
    expect(grouped.sent()).toEqual([['all', '2']]);
    expect([...grouped.driver.droppedRecords]).toEqual([]);
    expect(joined.sent()).toEqual([['tea', '2/null']]);
    expect([...joined.driver.droppedRecords]).toEqual([['out-of-order', 1]]);
  });

  test('tells a filter of each deletion, whose result stays versioned', () => {
    const { prices, sent } = ofPrices((table) => table.filter((_, price) => price > '1'));
    prices.pipeInput('tea', '0', 10);
    expect(sent()).toEqual([['tea', null]]);
    const suppressed = () => ofPrices((table) => table.filter(() => true).suppress(Suppressed.untilTimeLimit('1s')));
    expect(suppressed).toThrow('suppress() needs a table that is not versioned');
  });

  test('can be made by any operator that keeps its result', () => {
    const { driver, prices } = ofPrices((table) =>
      table.mapValues((price) => `${price}!`, { store: 'shouts', value: string, history: '10s' }),
    );
    prices.pipeInput('tea', '2', 100_000);
    prices.pipeInput('tea', '1', 95_000);
    prices.pipeInput('tea', '0', 50_000);
    const shouts = [...driver.getVersionedKeyValueStore<string, string>('shouts').versions('tea')];
    expect(shouts.map(({ value, timestamp }) => [value, timestamp])).toEqual([
      ['1!', 95_000],
      ['2!', 100_000],
    ]);
  });
});

/** Orders joined with prices. */
function ordering(join: (orders: KStream<string, string>, prices: KTable<string, string>) => KStream<string, string>) {
  const one = oneStream((orders, b) => join(orders, b.table('prices', { ...texts, store: 'rows', history })), texts);
  const { driver, output } = one;
  const sent = () => output.readRecordsToList().map(({ value, timestamp }) => [value, timestamp]);
  return { ...one, sent, prices: driver.createInputTopic('prices', texts) };
}

const both = (order: string, price: string | null) => `${order}/${price}`;
const withGrace = (grace: Joined<string, string>['grace']) =>
  ordering((orders, prices) =>
    orders.join(prices, both, { name: 'pricing', ...(grace === undefined ? {} : { grace }) }),
  );

describe('join of a stream with a versioned table', () => {
  test('finds the row of the time of each record', () => {
    const { input, prices, sent } = withGrace(undefined);
    prices.pipeInput('tea', '1', 10_000);
    prices.pipeInput('tea', '2', 30_000);
    input.pipeInput('tea', 'late', 20_000);
    input.pipeInput('tea', 'before', 9_999);
    input.pipeInput('tea', 'now', 30_000);
    expect(sent()).toEqual([
      ['late/1', 20_000],
      ['now/2', 30_000],
    ]);
  });

  test('with a grace waits for rows that come late, in the order of time, over a restart as well', () => {
    const { driver, input, prices, sent } = withGrace('10s');
    input.pipeInput('tea', 'second', 12_000);
    input.pipeInput('tea', 'first', 11_000);
    expect(sent()).toEqual([]);
    driver.restart();
    prices.pipeInput('tea', '1', 11_500);
    prices.pipeInput('tea', '0', 5_000);
    input.pipeInput('tea', 'third', 22_000);
    expect(sent()).toEqual([
      ['first/0', 11_000],
      ['second/1', 12_000],
    ]);
    input.pipeInput('tea', 'too late to wait', 11_999);
    expect(sent()).toEqual([['too late to wait/1', 11_999]]);
    const left = [...driver.getAllStateStores().keys()];
    expect(left).toContain('pricing-Buffer');
  });

  test('joins a record without a key at once, with nothing, where the join is a left one', () => {
    const { input, sent } = ordering((orders, prices) => orders.leftJoin(prices, both, { grace: '10s' }));
    input.pipeInput(null, 'keyless', 0);
    expect(sent()).toEqual([['keyless/null', 0]]);
  });

  test('refuses a grace that the table has no history for', () => {
    expect(() => withGrace('2m')).toThrow("grace must be at most the table's history of 60000 ms, got 120000");
    const unversioned = () =>
      oneStream((orders, b) => orders.join(b.table('prices', texts), both, { grace: '1s' }), texts);
    expect(unversioned).toThrow('a join with a grace needs a versioned table: give it a history');
  });
});
