import { expect, test } from 'vitest';
import { generate } from './generate.ts';
import { checkOrder } from './order.ts';

test('the same seed gives the same orders, and another seed others', () => {
  const first = generate({ count: 500, seed: 1 });
  expect(generate({ count: 500, seed: 1 })).toEqual(first);
  expect(generate({ count: 500, seed: 2 }).records).not.toEqual(first.records);
});

test('lines are numbered as in a file with a header', () => {
  const { records } = generate({ count: 3, seed: 1 });
  expect(records.map(({ line }) => line)).toEqual([2, 3, 4]);
});

test('most orders can be served, and each kind of trouble is there', () => {
  const { records, catalog } = generate({ count: 20_000, seed: 1 });
  const checked = records.map(({ line, text }) => checkOrder(line, text));
  const orders = checked.flatMap(({ order }) => order ?? []);
  const strangers = orders.filter(({ customerId }) => !catalog.customers.has(customerId));
  const wantedOf = (sku: string) => orders.reduce((sum, order) => sum + (order.sku === sku ? order.quantity : 0), 0);
  const isShort = [...catalog.stock].map(([sku, units]) => wantedOf(sku) > units);
  expect(new Set(checked.flatMap(({ reason }) => reason?.split(' ').slice(0, 2).join(' ') ?? [])).size).toBe(5);
  expect(orders.length).toBeGreaterThan(19_700);
  expect(strangers.length).toBeGreaterThan(50);
  expect(strangers.length).toBeLessThan(200);
  expect(orders.every(({ sku }) => catalog.stock.has(sku))).toBe(true);
  expect(isShort.filter(Boolean).length).toBe(1);
  expect(isShort[0]).toBe(true);
});
