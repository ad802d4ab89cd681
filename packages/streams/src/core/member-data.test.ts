import { expect, test } from 'vitest';
import { decodeOrders, decodeReport, encodeOrders, encodeReport } from './member-data.ts';

test('a report and orders come back as they were', () => {
  const report = { positions: new Map([['0_1', 7]]), keeping: new Set(['0_1']) };
  expect(decodeReport(encodeReport(report, 1))).toEqual(report);
  const orders = { standby: ['0_1', '1_0'], awaited: ['1_0'] };
  expect(decodeOrders(encodeOrders(orders))).toEqual(orders);
});

test('a report that says the same has other bytes', () => {
  const report = { positions: new Map<string, number>(), keeping: new Set<string>() };
  expect(encodeReport(report, 1).equals(encodeReport(report, 2))).toBe(false);
});

test.each([
  ['nothing', null],
  ['no bytes', Buffer.alloc(0)],
  ['bytes of somebody else', Buffer.from([0, 0, 0, 7])],
  ['another text', Buffer.from('[1]')],
  ['wrong types', Buffer.from('{"tasks":"x","keeping":{},"standby":3}')],
])('%s counts as having nothing, and as no orders', (_what, bytes) => {
  expect(decodeReport(bytes)).toEqual({ positions: new Map(), keeping: new Set() });
  expect(decodeOrders(bytes)).toEqual({ standby: [], awaited: [] });
});

test('what is no position is left out', () => {
  const bytes = Buffer.from('{"tasks":{"0_0":-1,"0_1":"x","0_2":5,"0_3":1.5}}');
  expect(decodeReport(bytes).positions).toEqual(new Map([['0_2', 5]]));
});
