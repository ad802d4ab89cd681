import { string } from '@nagare/serdes';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { expect, test } from 'vitest';
import { accounts, type Balance, paymentSerde, stores, topicsOf } from './topology.ts';

const topics = topicsOf('');
const hourMs = 3_600_000;

test('payments add up by account, and are counted by the hour', () => {
  const driver = new TopologyTestDriver(accounts(topics));
  const payments = driver.createInputTopic(topics.payments, { key: string, value: paymentSerde });
  payments.pipeInput('alice', { cents: 500 }, 10);
  payments.pipeInput('bob', { cents: 300 }, 20);
  payments.pipeInput('alice', { cents: -200 }, hourMs);
  expect([...driver.getKeyValueStore<string, Balance>(stores.balances).all()]).toEqual([
    ['alice', { cents: 300, payments: 2 }],
    ['bob', { cents: 300, payments: 1 }],
  ]);
  const hours = [...driver.getWindowStore<string, number>(stores.hours).fetch('alice', 0, hourMs)];
  expect(hours.map(({ window, value }) => [window.start, value])).toEqual([
    [0, 1],
    [hourMs, 1],
  ]);
});
