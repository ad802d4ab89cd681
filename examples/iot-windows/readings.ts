import { seededRandom } from '@nagare/base';
import type { Reading } from './topology.ts';

export interface SensorReading extends Reading {
  readonly sensor: string;
  readonly takenAtMs: number;
}

const startMs = Date.UTC(2025, 6, 1, 12);
const sensors = ['cellar', 'kitchen', 'roof'];
const intervalMs = 5_000;

/**
 * Eight minutes of readings in the order in which they arrive. Some are on their way for seconds; the roof has no radio contact
 * between the third and the fifth minute, and sends what it has kept when it is back.
 */
export function readings(seed: number): SensorReading[] {
  const random = seededRandom(seed);
  const sent = sensors.flatMap((sensor, place) =>
    Array.from({ length: 96 }, (_, index) => {
      const takenAtMs = startMs + index * intervalMs;
      const celsius = 15 + place * 5 + index / 24 + random.below(20) / 10;
      return {
        sensor,
        celsius: Math.round(celsius * 10) / 10,
        takenAtMs,
        arrivesAtMs: takenAtMs + random.below(9_000),
      };
    }),
  );
  return sent
    .map(withoutContact)
    .sort((a, b) => a.arrivesAtMs - b.arrivesAtMs)
    .map(({ arrivesAtMs: _, ...reading }) => reading);
}

function withoutContact<T extends SensorReading & { readonly arrivesAtMs: number }>(reading: T): T {
  const minute = (reading.takenAtMs - startMs) / 60_000;
  if (reading.sensor !== 'roof' || minute < 3 || minute >= 4.5) return reading;
  return { ...reading, arrivesAtMs: startMs + 5.5 * 60_000 + minute };
}
