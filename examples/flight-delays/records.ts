import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { csvParse } from 'd3-dsv';
import type { Airport, Flight } from './topology.ts';

export const flightFiles = ['2k', '5k', '10k', '20k'] as const;
export type FlightFile = (typeof flightFiles)[number];

const folder = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data');

/** Domestic flights of the United States in the first quarter of 2001, in the order of their departure. */
export function readFlights(file: FlightFile): Flight[] {
  return JSON.parse(readFileSync(join(folder, `flights-${file}.json`), 'utf8')) as Flight[];
}

/** The airports of the United States, by their IATA codes. */
export function readAirports(): Map<string, Airport> {
  const rows = csvParse(readFileSync(join(folder, 'airports.csv'), 'utf8'));
  return new Map(rows.map(({ iata = '', name = '', city = '', state = '' }) => [iata, { name, city, state }]));
}
