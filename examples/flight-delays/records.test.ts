import { expect, test } from 'vitest';
import { leftAtMs } from './feed.ts';
import { flightFiles, readAirports, readFlights } from './records.ts';

test('the data set has the flights that its file names say, in the order of time, from airports that are known', () => {
  const airports = readAirports();
  expect(flightFiles.map((file) => readFlights(file).length)).toEqual([2_000, 5_000, 10_000, 20_000]);
  const flights = readFlights('20k');
  const times = flights.map(leftAtMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]).toBe(Date.UTC(2001, 0, 1, 0, 47));
  expect(flights.filter(({ origin }) => !airports.has(origin))).toEqual([]);
});

test('airports have a name and a place', () => {
  expect(readAirports().get('ORD')).toEqual({ name: "Chicago O'Hare International", city: 'Chicago', state: 'IL' });
});
