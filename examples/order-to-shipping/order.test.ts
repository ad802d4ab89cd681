import { describe, expect, test } from 'vitest';
import { checkOrder } from './order.ts';

const good = ['O1', 'C1', 'SKU-1', '2', '19.99', '2026-03-01T12:00:00Z'];
const withField = (column: number, value: string) => good.with(column, value).join();

test('a line becomes an order', () => {
  expect(checkOrder(7, good.join())).toEqual({
    order: {
      line: 7,
      orderId: 'O1',
      customerId: 'C1',
      sku: 'SKU-1',
      quantity: 2,
      unitPriceCents: 1_999,
      orderedAtMs: Date.UTC(2026, 2, 1, 12),
    },
  });
});

describe('prices are cents', () => {
  test.each([
    ['0', 0],
    ['0.07', 7],
    ['1.1', 110],
    ['1.15', 115],
    ['999999999.99', 99_999_999_999],
  ])('%s', (text, cents) => {
    expect(checkOrder(1, withField(4, text)).order?.unitPriceCents).toBe(cents);
  });
});

describe('times without a zone are UTC', () => {
  test.each([
    ['2026-03-01T12:00:00Z', Date.UTC(2026, 2, 1, 12)],
    ['2026-03-01T12:00:00', Date.UTC(2026, 2, 1, 12)],
    ['2026-03-01 12:00', Date.UTC(2026, 2, 1, 12)],
    ['2026-03-01T12:00:00.250+02:00', Date.UTC(2026, 2, 1, 10, 0, 0, 250)],
    ['2026-03-01T12:00:00-0130', Date.UTC(2026, 2, 1, 13, 30)],
    ['2026-03-01', Date.UTC(2026, 2, 1)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ])('%s', (text, ms) => {
    expect(checkOrder(1, withField(5, text)).order?.orderedAtMs).toBe(ms);
  });
});

describe('what is no order has a reason', () => {
  const quantity = (got: string) => `Field quantity must be a whole number from 1 to 10000, got ${got}`;
  const price = (got: string) => `Field unitPrice must be an amount such as 19.99, got ${got}`;
  const time = (got: string) => `Field orderedAt must be a time such as 2026-03-01T12:00:00Z, got ${got}`;
  test.each([
    ['', 'Expected 6 fields, got 1'],
    ['O1,C1,SKU-1', 'Expected 6 fields, got 3'],
    [`${good.join()},more`, 'Expected 6 fields, got 7'],
    [withField(2, '"SKU-1'), 'Malformed CSV: a quote that is never closed'],
    [withField(2, 'SKU"1'), 'Malformed CSV: a quote inside the unquoted field SKU"1'],
    [withField(2, '"SKU"1'), 'Malformed CSV: text after the closing quote of field 3'],
    [withField(0, ''), 'Field orderId is empty'],
    [withField(1, '" "'), 'Field customerId is empty'],
    [withField(5, ''), 'Field orderedAt is empty'],
    ...['0', '-3', '1.5', '2e1', 'two', '10001', '1000000', '0x10'].map((got) => [withField(3, got), quantity(got)]),
    ...['free', '-1', '1.999', '1e3', '.5', '1000000000', 'NaN'].map((got) => [withField(4, got), price(got)]),
    ...['yesterday', '2026-13-01', '2026-02-30', '2026-02-29T10:00:00Z', '2026-03-01T25:00:00Z', '1700000000'].map(
      (got) => [withField(5, got), time(got)],
    ),
  ])('%j', (text, reason) => {
    expect(checkOrder(1, text as string)).toEqual({ reason });
  });
});
