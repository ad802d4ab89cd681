import { createBroker } from '@nagare/broker';
import { createClient } from '@nagare/client';
import { runProgram } from '@nagare/example-kit/testing';
import { describe, expect, test, vi } from 'vitest';
import { leftAtMs } from './feed.ts';
import { readAirports, readFlights } from './records.ts';

// Each test runs the program.
vi.setConfig({ testTimeout: 120_000 });

const run = (...args: string[]) => runProgram(new URL('main.ts', import.meta.url), args);
const dayMs = 86_400_000;

/** The ten worst as they come out without any stream: airport, first day, flights, average. */
function tenWorst(days: number, flightsMin: number): string[] {
  const windows = new Map<string, number[]>();
  for (const flight of readFlights('20k')) {
    const startMs = Math.floor(leftAtMs(flight) / (days * dayMs)) * days * dayMs;
    const key = `${flight.origin} ${new Date(startMs).toISOString().slice(0, 10)}`;
    windows.set(key, [...(windows.get(key) ?? []), flight.delay]);
  }
  const average = (delays: readonly number[]) => delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  return [...windows]
    .filter(([, delays]) => delays.length >= flightsMin)
    .sort(([, a], [, b]) => average(b) - average(a))
    .slice(0, 10)
    .map(([key, delays]) => `${key} ${delays.length} ${average(delays).toFixed(1)}`);
}

describe('a run', () => {
  test('prints the ten worst windows of all flights, and counts every flight once', async () => {
    const { code, stdout, verdict } = await run();
    const rows = stdout.split('\n').filter((line) => /^│ [A-Z]{3} │/.test(line));
    const cells = rows.map((row) => row.split('│').map((cell) => cell.trim()));
    expect(cells.map(([, iata, , from, flights, minutes]) => [iata, from, flights, minutes].join(' '))).toEqual(
      tenWorst(7, 20),
    );
    const counts = { flights: 20_000, counted: 20_000, airports: readAirports().size };
    expect({ code, ...verdict }).toMatchObject({ code: 0, ...counts });
  });

  test('on a Kafka of somebody else leaves nothing there', async () => {
    await using broker = await createBroker();
    const { code, verdict } = await run('--flights', '2k', '--days', '1', '--broker', broker.bootstrapServers);
    expect({ code, ...verdict }).toMatchObject({ code: 0, flights: 2_000, counted: 2_000 });
    await using admin = createClient({ brokers: broker.bootstrapServers }).admin();
    expect(await admin.listTopics()).toEqual([]);
  });
});
