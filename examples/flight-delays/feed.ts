import type { Admin, Client } from '@nagare/client';
import { string } from '@nagare/serdes';
import { type Airport, airportSerde, type Flight, flightSerde, type Topics } from './topology.ts';

const chunkRecords = 1_000;
const partitions = 4;

/** Creates the topics of a run. */
export async function createTopics(admin: Admin, topics: Topics): Promise<void> {
  await admin.createTopics({
    topics: Object.values(topics).map((topic) => ({
      topic,
      numPartitions: partitions,
      // The records are of 2001: brokers would delete them as expired.
      configEntries: { 'retention.ms': '-1' },
    })),
  });
}

/** Sends the airports. */
export async function feedAirports(client: Client, topic: string, airports: ReadonlyMap<string, Airport>) {
  await using producer = client.producer();
  const messages = Array.from(airports, ([iata, airport]) => ({
    key: string.serialize(topic, iata),
    value: airportSerde.serialize(topic, airport),
    // Airports were there before any flight.
    timestamp: 0,
  }));
  await producer.send({ topic, messages });
}

/** Sends the flights with the time at which they left. */
export async function feedFlights(
  client: Client,
  topic: string,
  flights: readonly Flight[],
  signal: AbortSignal,
): Promise<void> {
  await using producer = client.producer({ lingerMs: 10, signal });
  for (let from = 0; from < flights.length; from += chunkRecords) {
    const messages = flights.slice(from, from + chunkRecords).map((flight, index) => ({
      key: String(from + index),
      value: flightSerde.serialize(topic, flight),
      timestamp: leftAtMs(flight),
    }));
    await producer.send({ topic, messages });
  }
}

/** The clocks of airports are taken as UTC: what counts is the day as people there had it. */
export function leftAtMs({ date }: Flight): number {
  return Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}Z`);
}
