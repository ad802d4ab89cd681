import type { EachRecord } from '@nagare/example-kit';
import { expect, test } from 'vitest';
import { type AirportWindow, readOutcome, worst } from './outcome.ts';
import { airportSerde, delaysKeySerde, delaysSerde, topicsOf } from './topology.ts';

const topics = topicsOf('');
const windowMs = 1_000;

const window = (iata: string, startMs: number, flights: number, minutes: number): AirportWindow => ({
  iata,
  airport: iata,
  startMs,
  flights,
  minutes,
});

test('the last update of a window is what it counts', async () => {
  const update = (start: number, flights: number) => ({
    key: delaysKeySerde(windowMs).serialize('', { key: 'ORD', window: { start, end: start + windowMs } }),
    value: delaysSerde.serialize('', { airport: "O'Hare", flights, minutes: flights * 10 }),
  });
  const airport = { key: Buffer.from('ORD'), value: airportSerde.serialize('', { name: '', city: '', state: '' }) };
  const records = new Map<string, { key: Buffer | null; value: Buffer | null }[]>([
    [topics.flights, [1, 2, 3].map(() => ({ key: null, value: null }))],
    [topics.airports, [airport, airport]],
    [topics.delays, [update(0, 1), update(1_000, 1), update(0, 2)]],
  ]);
  const read = async (topic: string, each: EachRecord) => {
    for (const row of records.get(topic) ?? []) each({ ...row, timestamp: 0 });
  };
  expect(await readOutcome(read, topics, windowMs)).toEqual({
    flights: 3,
    airports: 1,
    counted: 3,
    windows: [
      { iata: 'ORD', startMs: 0, airport: "O'Hare", flights: 2, minutes: 20 },
      { iata: 'ORD', startMs: 1_000, airport: "O'Hare", flights: 1, minutes: 10 },
    ],
  });
});

test('the worst windows have the longest delays on average, and enough flights to tell', () => {
  const windows = [window('A', 0, 10, 100), window('B', 0, 20, 500), window('C', 0, 1, 900), window('D', 0, 10, -5)];
  const ranked = worst(windows, { flightsMin: 10, count: 2 });
  expect(ranked.map(({ iata }) => iata)).toEqual(['B', 'A']);
});

test('equally bad windows stand in the order of time, then of airports', () => {
  const windows = [window('B', 5, 1, 7), window('A', 5, 1, 7), window('C', 0, 1, 7)];
  expect(worst(windows, { flightsMin: 1, count: 3 }).map(({ iata }) => iata)).toEqual(['C', 'A', 'B']);
});
