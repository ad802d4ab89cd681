import type { EachRecord } from '@nagare/example-kit';
import { int64, type Serde } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { readOutcome } from './outcome.ts';
import {
  deadLetterSerde,
  minuteMs,
  rejectionSerde,
  revenueKeySerde,
  type Shipment,
  shipmentSerde,
  topicsOf,
} from './topology.ts';

const topics = topicsOf('');
const input = [2, 3, 4, 5].map((line) => ({ line, text: `line ${line}` }));

const order = (line: number) => ({
  line,
  orderId: `O${line}`,
  customerId: 'C1',
  sku: 'SKU-1',
  quantity: 2,
  unitPriceCents: 100,
  orderedAtMs: 5,
});
const shipment = (line: number): Shipment => ({ ...order(line), customer: { name: 'Ann', city: 'Porto' } });

type Row = { readonly key: Buffer | null; readonly value: Buffer | null };
const rows = <T>(serde: Serde<T>, values: readonly T[]): Row[] =>
  values.map((value) => ({ key: null, value: serde.serialize('', value) }));

/** Topics that hold what a run left: shipped and rejected lines, and dead letters. */
function holding(
  shipped: readonly number[],
  rejected: readonly number[],
  dead: readonly number[],
  revenue: Row[] = [],
) {
  const records = new Map<string, Row[]>([
    [topics.shipments, rows(shipmentSerde, shipped.map(shipment))],
    [
      topics.rejections,
      rows(
        rejectionSerde,
        rejected.map((line) => ({ ...order(line), reason: 'out of stock' as const })),
      ),
    ],
    [
      topics.deadLetters,
      rows(
        deadLetterSerde,
        dead.map((line) => ({ line, reason: `Expected 6 fields, got ${line}`, text: '' })),
      ),
    ],
    [topics.revenue, revenue],
  ]);
  return async (topic: string, each: EachRecord) => {
    for (const row of records.get(topic) ?? []) each({ ...row, timestamp: 0 });
  };
}

test('a whole run loses nothing and doubles nothing', async () => {
  const outcome = await readOutcome(holding([2, 5], [3], [4]), topics, input);
  expect(outcome).toMatchObject({ orders: 4, shipped: 2, rejected: 2, lost: 0, duplicated: 0 });
  expect([...outcome.rejectedByReason]).toEqual([
    ['out of stock', 1],
    ['Expected 6 fields', 1],
  ]);
  expect([...outcome.unitsBySku]).toEqual([['SKU-1', 4]]);
});

test('a line that came out nowhere is lost', async () => {
  expect(await readOutcome(holding([2, 5], [], [4]), topics, input)).toMatchObject({ lost: 1, duplicated: 0 });
  expect(await readOutcome(holding([], [], []), topics, input)).toMatchObject({ lost: 4, duplicated: 0 });
});

test('a line that came out twice is duplicated, in one topic or in two', async () => {
  expect(await readOutcome(holding([2, 5, 5], [3], [4]), topics, input)).toMatchObject({ lost: 0, duplicated: 1 });
  expect(await readOutcome(holding([2, 5, 3], [3], [4]), topics, input)).toMatchObject({ lost: 0, duplicated: 1 });
});

test('a duplicate does not make up for a loss', async () => {
  expect(await readOutcome(holding([2, 2], [3], [4]), topics, input)).toMatchObject({ lost: 1, duplicated: 1 });
});

test('a line that was never sent counts as duplicated', async () => {
  expect(await readOutcome(holding([2, 5, 99], [3], [4]), topics, input)).toMatchObject({ lost: 0, duplicated: 1 });
});

test('the last update of a minute is its revenue', async () => {
  const update = (minute: number, cents: number): Row => ({
    key: revenueKeySerde.serialize('', { key: 'revenue', window: { start: minute * minuteMs, end: 0 } }),
    value: int64.serialize('', cents),
  });
  const { revenueByMinute } = await readOutcome(
    holding([2, 5], [3], [4], [update(1, 100), update(0, 7), update(1, 300)]),
    topics,
    input,
  );
  expect([...revenueByMinute]).toEqual([
    [0, 7],
    [minuteMs, 300],
  ]);
});
