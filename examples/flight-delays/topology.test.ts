import { string } from '@nagare/serdes';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { expect, test } from 'vitest';
import { leftAtMs } from './feed.ts';
import {
  airportSerde,
  delaysKeySerde,
  delaysSerde,
  type Flight,
  flightDelays,
  flightSerde,
  topicsOf,
} from './topology.ts';

const dayMs = 86_400_000;
const topics = topicsOf('');

function pipeline() {
  const driver = new TopologyTestDriver(flightDelays(topics, dayMs));
  const airports = driver.createInputTopic(topics.airports, { key: string, value: airportSerde });
  const flights = driver.createInputTopic(topics.flights, { key: string, value: flightSerde });
  const delays = driver.createOutputTopic(topics.delays, { key: delaysKeySerde(dayMs), value: delaysSerde });
  airports.pipeInput('ORD', { name: "O'Hare", city: 'Chicago', state: 'IL' });
  airports.pipeInput('LIH', { name: 'Lihue', city: 'Lihue', state: 'HI' });
  return {
    driver,
    leave(date: string, origin: string, delay: number) {
      const flight: Flight = { date, delay, distance: 100, origin, destination: 'LAX' };
      flights.pipeInput('0', flight, leftAtMs(flight));
    },
    updates: () =>
      delays.readKeyValuesToList().map(([key, value]) => [key?.key, key?.window.start, value?.flights, value?.minutes]),
    delays,
  };
}

const january = (day: number) => Date.UTC(2001, 0, day);

test('delays add up by airport and day', () => {
  const { leave, updates } = pipeline();
  leave('2001/01/01 06:00', 'ORD', 30);
  leave('2001/01/01 23:59', 'ORD', -10);
  leave('2001/01/01 12:00', 'LIH', 5);
  leave('2001/01/02 00:00', 'ORD', 1);
  expect(updates()).toEqual([
    ['ORD', january(1), 1, 30],
    ['ORD', january(1), 2, 20],
    ['LIH', january(1), 1, 5],
    ['ORD', january(2), 1, 1],
  ]);
});

test('a flight that is read months late still counts in its window', () => {
  const { leave, updates } = pipeline();
  leave('2001/03/31 06:00', 'ORD', 30);
  leave('2001/01/01 06:00', 'ORD', 7);
  expect(updates().at(-1)).toEqual(['ORD', january(1), 1, 7]);
});

test('the airport is told with its place', () => {
  const { leave, delays } = pipeline();
  leave('2001/01/01 06:00', 'ORD', 30);
  expect(delays.readValue()?.airport).toBe("O'Hare, Chicago IL");
});

test('a flight from nowhere counts nowhere', () => {
  const { leave, updates } = pipeline();
  leave('2001/01/01 06:00', 'ZZZ', 30);
  expect(updates()).toEqual([]);
});
