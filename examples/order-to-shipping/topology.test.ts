import { int64, string } from '@nagare/serdes';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { columns } from './order.ts';
import {
  customerSerde,
  deadLetterSerde,
  minuteMs,
  orderToShipping,
  rejectionSerde,
  revenueKeySerde,
  shipmentSerde,
  topicsOf,
} from './topology.ts';

const topics = topicsOf('');
const nowMs = Date.UTC(2026, 2, 2);
const noonMs = Date.UTC(2026, 2, 1, 12);
const ann = { name: 'Ann', city: 'Porto' };

function pipeline() {
  const driver = new TopologyTestDriver(orderToShipping(topics));
  const lines = driver.createInputTopic(topics.orders, { key: string, value: string }, { startTimeMs: nowMs });
  return {
    customers: driver.createInputTopic(topics.customers, { key: string, value: customerSerde }),
    stock: driver.createInputTopic(topics.stock, { key: string, value: int64 }),
    shipments: driver.createOutputTopic(topics.shipments, { key: string, value: shipmentSerde }),
    rejections: driver.createOutputTopic(topics.rejections, { key: string, value: rejectionSerde }),
    deadLetters: driver.createOutputTopic(topics.deadLetters, { key: string, value: deadLetterSerde }),
    revenue: driver.createOutputTopic(topics.revenue, { key: revenueKeySerde, value: int64 }),
    restart: () => driver.restart(),
    order(line: number, changes: Partial<Record<(typeof columns)[number], string>> = {}) {
      const order = {
        orderId: `O${line}`,
        customerId: 'C1',
        sku: 'SKU-1',
        quantity: '2',
        unitPrice: '1.50',
        orderedAt: new Date(noonMs).toISOString(),
        ...changes,
      };
      lines.pipeInput(String(line), columns.map((column) => order[column]).join());
    },
  };
}

let run: ReturnType<typeof pipeline>;
beforeEach(() => {
  run = pipeline();
  run.customers.pipeInput('C1', ann);
  run.stock.pipeInput('SKU-1', 5);
});

describe('an order', () => {
  test('is shipped with its customer at the time of the order', () => {
    run.order(2);
    expect(run.shipments.readRecordsToList()).toMatchObject([
      {
        key: 'SKU-1',
        value: { line: 2, orderId: 'O2', quantity: 2, unitPriceCents: 150, customer: ann },
        timestamp: noonMs,
      },
    ]);
    expect(run.rejections.isEmpty && run.deadLetters.isEmpty).toBe(true);
  });

  test('of nobody is rejected, and takes nothing from the stock', () => {
    run.order(2, { customerId: 'X', quantity: '5' });
    run.order(3, { quantity: '5' });
    expect(run.rejections.readKeyValuesToList()).toMatchObject([['X', { line: 2, reason: 'unknown customer' }]]);
    expect(run.shipments.queueSize).toBe(1);
  });

  test('is rejected when there is not enough left, and a smaller one is still shipped', () => {
    run.order(2, { quantity: '4' });
    run.order(3, { quantity: '2' });
    run.order(4, { quantity: '1' });
    run.order(5, { sku: 'SKU-2' });
    expect(run.shipments.readValuesToList().map((shipment) => shipment?.line)).toEqual([2, 4]);
    expect(run.rejections.readKeyValuesToList()).toMatchObject([
      ['SKU-1', { line: 3, reason: 'out of stock' }],
      ['SKU-2', { line: 5, reason: 'out of stock' }],
    ]);
  });

  test('can be served again after a delivery, and after a restart', () => {
    run.order(2, { quantity: '5' });
    run.stock.pipeInput('SKU-1', 3);
    run.restart();
    run.order(3, { quantity: '3' });
    run.order(4, { quantity: '1' });
    expect(run.shipments.readValuesToList().map((shipment) => shipment?.line)).toEqual([2, 3]);
    expect(run.rejections.readValue()).toMatchObject({ line: 4, reason: 'out of stock' });
  });

  test('from the future happens when it came in', () => {
    run.order(2, { orderedAt: '2199-01-01T00:00:00Z' });
    expect(run.shipments.readRecord().timestamp).toBe(nowMs);
  });
});

test('a line that is no order goes to the dead letters as it is, with its number and the reason', () => {
  run.order(2, { quantity: 'two' });
  run.order(3, { orderId: '"O3' });
  expect(run.deadLetters.readKeyValuesToList()).toEqual([
    [
      '2',
      {
        line: 2,
        reason: 'Field quantity must be a whole number from 1 to 10000, got two',
        text: 'O2,C1,SKU-1,two,1.50,2026-03-01T12:00:00.000Z',
      },
    ],
    [
      '3',
      {
        line: 3,
        reason: 'Malformed CSV: a quote that is never closed',
        text: '"O3,C1,SKU-1,2,1.50,2026-03-01T12:00:00.000Z',
      },
    ],
  ]);
  expect(run.shipments.isEmpty && run.rejections.isEmpty).toBe(true);
});

test('revenue adds up by the minute of the order, however late it comes', () => {
  run.order(2, { quantity: '1' });
  run.order(3, { quantity: '2', orderedAt: new Date(noonMs + minuteMs).toISOString() });
  run.order(4, { quantity: '1', orderedAt: new Date(noonMs + minuteMs - 1).toISOString() });
  run.order(5, { quantity: '9' });
  run.order(6, { quantity: '1', orderedAt: '1999-12-31' });
  const updates = run.revenue.readKeyValuesToList().map(([key, cents]) => [key?.window.start, cents]);
  expect(updates).toEqual([
    [noonMs, 150],
    [noonMs + minuteMs, 300],
    [noonMs, 300],
    [Date.UTC(1999, 11, 31), 150],
  ]);
});
