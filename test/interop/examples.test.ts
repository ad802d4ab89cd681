import { createClient } from '@nagare/client';
import { readmeOutput, runProgram } from '@nagare/example-kit/testing';
import { describe, expect, test } from 'vitest';
import { brokerForFile } from './broker-for-file.ts';

/** An orders file with one broken line, one order of long ago, and one of a shop whose clock is ahead. */
const orders = `orderId,customerId,sku,quantity,unitPrice,orderedAt
O1,C1,"SKU ""1""",2,19.99,2026-03-01T12:00:00Z
O2,C1,SKU-2,two,5.00,2026-03-01T12:00:00Z
O3,C2,SKU-2,1,5.00,1999-12-31
O4,C3,SKU-2,1,5.00,2199-01-01T00:00:00Z
`;

describe('the examples', () => {
  const broker = brokerForFile();
  const run = (example: string, args: readonly string[], stdin = '') =>
    runProgram(
      new URL(`../../examples/${example}/main.ts`, import.meta.url),
      [...args, '--broker', broker().bootstrap],
      { stdin },
    );
  const topics = async () => {
    await using admin = createClient({ brokers: broker().bootstrap }).admin();
    return (await admin.listTopics()).map(({ topic }) => topic);
  };

  test('made-up orders become shipments', { timeout: 300_000 }, async () => {
    const { code, verdict } = await run('order-to-shipping', ['--count', '20000']);
    expect({ code, ...verdict }).toMatchObject({ code: 0, orders: 20_000, lost: 0, duplicated: 0 });
    expect(await topics()).toEqual([]);
  });

  test('orders of any time become shipments', { timeout: 300_000 }, async () => {
    const { code, verdict } = await run('order-to-shipping', ['--orders', '-'], orders);
    expect({ code, ...verdict }).toMatchObject({ code: 0, orders: 4, shipped: 3, rejected: 1, lost: 0, duplicated: 0 });
  });

  test('orders become shipments once, also when the application is killed', { timeout: 600_000 }, async () => {
    const { code, verdict } = await run('order-to-shipping', ['--count', '5000', '--chaos']);
    expect({ code, ...verdict }).toMatchObject({ code: 0, orders: 5_000, killed: 5, lost: 0, duplicated: 0 });
    expect(await topics()).toEqual([]);
  });

  test.each(['word-count', 'page-view-sessions', 'fraud-detection', 'iot-windows', 'log-analytics'])(
    '%s prints what its README says',
    { timeout: 300_000 },
    async (example) => {
      const { code, stdout } = await run(example, []);
      const expected = readmeOutput(new URL(`../../examples/${example}/main.ts`, import.meta.url).href);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expected });
      expect(await topics()).toEqual([]);
    },
  );

  test('flights are counted', { timeout: 300_000 }, async () => {
    const { code, verdict } = await run('flight-delays', []);
    expect({ code, ...verdict }).toMatchObject({ code: 0, flights: 20_000, counted: 20_000 });
    expect(await topics()).toEqual([]);
  });
});
