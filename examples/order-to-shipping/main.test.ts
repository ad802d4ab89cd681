import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBroker } from '@nagare/broker';
import { createClient } from '@nagare/client';
import { readBack, readTable } from '@nagare/example-kit';
import { readmeOutput, runProgram } from '@nagare/example-kit/testing';
import { int64 } from '@nagare/serdes';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { columns } from './order.ts';
import { ordersFile } from './orders-file.ts';
import { deadLetterSerde, revenueKeySerde, type Shipment, shipmentSerde, topicsOf } from './topology.ts';

// Each test runs the program, and one of them does so with a large file.
vi.setConfig({ testTimeout: 600_000 });

const folder = mkdtempSync(join(tmpdir(), 'nagare-orders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ship = (args: readonly string[], options: Parameters<typeof runProgram>[2] = {}) =>
  runProgram(new URL('main.ts', import.meta.url), args, options);

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The lines of what was printed, without the numbers that depend on who got the last units of something. */
function settled(printed: string): string[] {
  const isSettled = /^│ (Field|Malformed|Expected|unknown customer)/;
  return printed
    .replaceAll(/│ \d{4}-\d\d-\d\d [\d:]+ │.*\n/g, '')
    .split('\n')
    .map((line) => (isSettled.test(line) ? line : line.replaceAll(/SKU-\d+| *[\d,.]+/g, '#').replaceAll(/─+/g, '─')));
}

const keptPrefix = (stderr: string) => /The topics are kept: (\S+)\*/.exec(stderr)?.[1] ?? '';

describe('a run', () => {
  test('of made-up orders ships most of them, and says what became of the others, as in the README', async () => {
    const { code, stdout, verdict } = await ship([]);
    expect({ code, ...verdict }).toMatchObject({ code: 0, orders: 20_000, lost: 0, duplicated: 0 });
    expect((verdict.shipped ?? 0) + (verdict.rejected ?? 0)).toBe(20_000);
    expect(settled(stdout)).toEqual(settled(readmeOutput(import.meta.url)));
  });

  test('of standard input takes RFC 4180 as it comes, and no order for nobody', async () => {
    const text = [
      `\ufeff${columns.join()}`,
      '"O1","C1","SKU ""1"", large",2,19.99,2026-03-01T12:00:00Z',
      '',
      'O2,"Ann',
      'Lee",SKU-2,1,5,2026-03-01',
      'O3,C1,"SKU-2,1,5,2026-03-01',
    ].join('\r\n');
    const { code, stdout, verdict } = await ship(['--orders', '-'], { stdin: text });
    expect({ code, ...verdict }).toMatchObject({ code: 0, orders: 3, shipped: 2, rejected: 1, lost: 0, duplicated: 0 });
    expect(stdout).toContain('SKU "1", large');
    expect(stdout).toContain('a quote that is never closed');
  });

  test('without any order ends at once', async () => {
    const { code, verdict } = await ship(['--orders', '-'], { stdin: `${columns.join()}\n` });
    expect({ code, ...verdict }).toMatchObject({ code: 0, orders: 0, shipped: 0, rejected: 0, lost: 0, duplicated: 0 });
  });
});

describe('an application that is killed while it runs', () => {
  test('loses no order, ships none twice, and adds up its revenue once', async () => {
    await using broker = await createBroker();
    const args = ['--count', '2000', '--chaos', '--broker', broker.bootstrapServers, '--keep'];
    const { code, stdout, stderr, verdict } = await ship(args);
    expect({ code, ...verdict }, stderr).toMatchObject({ code: 0, orders: 2_000, killed: 5, lost: 0, duplicated: 0 });
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/ killed=5 lost=0 duplicated=0 seconds=\d+\.\d$/);

    const topics = topicsOf(keptPrefix(stderr));
    const client = createClient({ brokers: broker.bootstrapServers });
    let shippedCents = 0;
    await readBack(client, topics.shipments, ({ value }) => {
      const { quantity, unitPriceCents } = shipmentSerde.deserialize(topics.shipments, value) as Shipment;
      shippedCents += quantity * unitPriceCents;
    });
    const minutes = await readTable(client, topics.revenue, { key: revenueKeySerde, value: int64 });
    expect(minutes.reduce((sum, { value }) => sum + value, 0)).toBe(shippedCents);
  });

  test('handles fewer orders than there would be kills', async () => {
    const { code, verdict } = await ship(['--count', '2', '--chaos']);
    expect({ code, ...verdict }).toMatchObject({ code: 0, orders: 2, killed: 2, lost: 0, duplicated: 0 });
  });
});

describe('100,000 orders with one broken line in a hundred', () => {
  test('are shipped, but for the broken ones, which are all in the dead-letter topic', async () => {
    const { text, broken } = ordersFile(100_000, 7);
    await using broker = await createBroker();
    const client = createClient({ brokers: broker.bootstrapServers });
    const path = fileOf('orders.csv', text);
    const { code, stderr, verdict } = await ship(['--orders', path, '--broker', broker.bootstrapServers, '--keep']);
    const expected = { orders: 100_000, shipped: 99_000, rejected: 1_000, lost: 0, duplicated: 0 };
    expect({ code, ...verdict }).toMatchObject({ code: 0, ...expected });

    const topic = topicsOf(keptPrefix(stderr)).deadLetters;
    const reasons = new Map<number, string>();
    const lines = text.split('\n');
    await readBack(client, topic, ({ key, value }) => {
      const letter = deadLetterSerde.deserialize(topic, value);
      reasons.set(Number(key), letter?.reason ?? '');
      expect(letter).toMatchObject({ line: Number(key), text: lines[Number(key) - 1] });
    });
    expect(reasons.size).toBe(1_000);
    const wrong = [...broken].filter(([line, reason]) => !reason.test(reasons.get(line) ?? ''));
    expect(wrong).toEqual([]);
  });
});

test('a mistake is told in two lines, with exit code 2', async () => {
  const { code, stdout, stderr } = await ship(['--orders', '/nowhere/orders.csv']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^Cannot read \/nowhere\/orders.csv: .*\nTry --help\n$/);
});

test('--help explains', async () => {
  const { code, stdout } = await ship(['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('--orders FILE');
});

describe('a Kafka of somebody else is left as it was', () => {
  test.each([
    ['after a run', ['--count', '100'], /^$/, 0],
    ['after Ctrl-C', ['--count', '50000'], /orders sent/, 130],
  ])('%s', async (_, args, until, expected) => {
    await using broker = await createBroker();
    const { code } = await ship([...args, '--broker', broker.bootstrapServers], { until });
    expect(code).toBe(expected);
    await using admin = createClient({ brokers: broker.bootstrapServers }).admin();
    expect(await admin.listTopics()).toEqual([]);
    expect(await admin.listGroups()).toEqual([]);
  });
});
