import type { ReadBack } from '@nagare/example-kit';
import { airportSerde, type Delays, delaysKeySerde, delaysSerde, type Topics } from './topology.ts';

/** The delays of one airport in one window. */
export interface AirportWindow extends Delays {
  readonly iata: string;
  readonly startMs: number;
}

/** What the topics say after a run. */
export interface Outcome {
  /** Records in the topic of flights. */
  readonly flights: number;
  /** Airports in their topic. */
  readonly airports: number;
  /** Flights that the windows count together. */
  readonly counted: number;
  readonly windows: readonly AirportWindow[];
}

/** Reads the topics of a run back. */
export async function readOutcome(read: ReadBack, topics: Topics, windowMs: number): Promise<Outcome> {
  let flights = 0;
  const airports = new Set<string>();
  const windows = new Map<string, AirportWindow>();
  const windowedKey = delaysKeySerde(windowMs);
  await read(topics.flights, () => {
    flights += 1;
  });
  await read(topics.airports, ({ key, value }) => {
    if (airportSerde.deserialize(topics.airports, value) !== null) airports.add(String(key));
  });
  await read(topics.delays, ({ key, value }) => {
    const windowed = windowedKey.deserialize(topics.delays, key);
    const delays = delaysSerde.deserialize(topics.delays, value);
    if (windowed === null || delays === null) return;
    // Each update of a window replaces the one before it.
    const startMs = windowed.window.start;
    windows.set(`${windowed.key} ${startMs}`, { iata: windowed.key, startMs, ...delays });
  });
  const all = [...windows.values()];
  return {
    flights,
    airports: airports.size,
    counted: all.reduce((sum, window) => sum + window.flights, 0),
    windows: all,
  };
}

/** The windows with the longest delay of a flight on average, of those with enough flights to tell. */
export function worst(windows: readonly AirportWindow[], { flightsMin, count }: { flightsMin: number; count: number }) {
  return windows
    .filter(({ flights }) => flights >= flightsMin)
    .sort((a, b) => averageMinutes(b) - averageMinutes(a) || a.startMs - b.startMs || (a.iata < b.iata ? -1 : 1))
    .slice(0, count);
}

export function averageMinutes({ minutes, flights }: Delays): number {
  return minutes / flights;
}
