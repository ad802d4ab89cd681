import { string } from '@nagare/serdes';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { expect, test } from 'vitest';
import { alertKeySerde, alertSerde, fraudDetection, paymentSerde, suspicions, topicsOf } from './topology.ts';

const topics = topicsOf('');
const minuteMs = 60_000;

function watching() {
  const driver = new TopologyTestDriver(fraudDetection(topics));
  const payments = driver.createInputTopic(topics.payments, { key: string, value: paymentSerde });
  const alerts = driver.createOutputTopic(topics.alerts, { key: alertKeySerde, value: alertSerde });
  return {
    driver,
    pay: (minute: number, card: string, cents = 1_000, country = 'PT') =>
      payments.pipeInput(card, { cents, country }, minute * minuteMs),
    alerts: () => alerts.readKeyValuesToList().map(([key, alert]) => [key?.key, alert?.payments, alert?.reasons]),
  };
}

test('an alert is sent when the window and its grace are over, and only one', () => {
  const { pay, alerts } = watching();
  for (let payment = 0; payment < 8; payment += 1) pay(payment, 'busy');
  pay(10.9, 'other');
  expect(alerts()).toEqual([]);
  pay(11, 'other');
  expect(alerts()).toEqual([['busy', 8, ['many payments']]]);
});

test('a payment that comes within grace counts in its window', () => {
  const { pay, alerts } = watching();
  pay(9, 'card', 60_000);
  pay(10.5, 'other');
  pay(8, 'card', 60_000);
  pay(11, 'other');
  expect(alerts()).toEqual([['card', 2, ['much money']]]);
});

test('a payment that comes later than grace changes nothing', () => {
  const { driver, pay, alerts } = watching();
  pay(9, 'card', 60_000);
  pay(11, 'other');
  pay(9, 'card', 60_000);
  pay(30, 'other');
  expect(alerts()).toEqual([]);
  expect(driver.droppedRecords.get('late')).toBe(1);
});

test('what waits for its window survives a restart', () => {
  const { driver, pay, alerts } = watching();
  pay(1, 'card', 5_000, 'PT');
  pay(6, 'card', 5_000, 'JP');
  driver.restart();
  pay(11, 'other');
  expect(alerts()).toEqual([['card', 2, ['two places at once']]]);
});

test.each([
  ['nothing', { payments: 5, cents: 100_000, countries: ['PT'] }, []],
  ['many payments', { payments: 6, cents: 100, countries: ['PT'] }, ['many payments']],
  ['much money', { payments: 1, cents: 100_001, countries: ['PT'] }, ['much money']],
  ['two countries', { payments: 2, cents: 100, countries: ['PT', 'JP'] }, ['two places at once']],
  [
    'all at once',
    { payments: 6, cents: 100_001, countries: ['PT', 'JP'] },
    ['many payments', 'much money', 'two places at once'],
  ],
])('the rules find %s', (_, spending, reasons) => {
  expect(suspicions(spending)).toEqual(reasons);
});
