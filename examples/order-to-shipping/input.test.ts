import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@nagare/example-kit';
import { afterAll, expect, test } from 'vitest';
import { readInput } from './input.ts';
import { columns } from './order.ts';

const folder = mkdtempSync(join(tmpdir(), 'nagare-input-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { signal } = new AbortController();

function read(text: string) {
  const path = join(folder, 'orders.csv');
  writeFileSync(path, text);
  return readInput({ orders: path, count: 1, seed: 1 }, signal);
}

test('the catalogue of a file has everybody who orders and everything that is ordered', async () => {
  const { records, catalog } = await read(
    [
      columns.join(),
      'O1,C1,SKU-1,2,1,2026-03-01',
      'O2,C1,SKU-2,1,1,2026-03-01',
      'broken',
      'O3,C2,SKU-1,5,1,2026-03-01',
    ].join('\n'),
  );
  expect(records.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
  expect([...catalog.customers.keys()]).toEqual(['C1', 'C2']);
  expect([...catalog.stock]).toEqual([
    ['SKU-1', 7],
    ['SKU-2', 1],
  ]);
});

test.each(['', 'O1,C1,SKU-1,2,1,2026-03-01\n', 'orderId,customerId\n', '"'])('%j has no header', async (text) => {
  await expect(read(text)).rejects.toThrow(UsageError);
  await expect(read(text)).rejects.toThrow(`must begin with the line ${columns.join()}`);
});

test('a header may have quotes, spaces and a byte order mark', async () => {
  expect((await read(`\ufeff"orderId", customerId,sku,quantity,unitPrice,orderedAt\r\n`)).records).toEqual([]);
});

test('without a file orders are made up', async () => {
  expect((await readInput({ orders: undefined, count: 3, seed: 1 }, signal)).records).toHaveLength(3);
});
