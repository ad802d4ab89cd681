import { json, string, windowed } from '@nagare/serdes';
import { StreamsBuilder, TimeWindows, type Topology } from '@nagare/streams';

/** A flight as the data set has it. */
export interface Flight {
  /** When it left, on the clock of its airport: `2001/01/31 18:05`. */
  readonly date: string;
  /** Minutes late; below 0: early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

export interface Airport {
  readonly name: string;
  readonly city: string;
  readonly state: string;
}

/** The flights that left one airport in one window. */
export interface Delays {
  /** The airport's name and place. */
  readonly airport: string;
  readonly flights: number;
  /** Minutes late of all of them together. */
  readonly minutes: number;
}

/** The topics of the pipeline. A prefix keeps the runs on one cluster apart. */
export function topicsOf(prefix: string) {
  return {
    /** Flights, as they leave. */
    flights: `${prefix}flights`,
    /** Airports by IATA code. */
    airports: `${prefix}airports`,
    /** Delays for each airport and window. */
    delays: `${prefix}delays`,
  } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

export const flightSerde = json<Flight>();
export const airportSerde = json<Airport>();
export const delaysSerde = json<Delays>();
export const delaysKeySerde = (windowMs: number) => windowed(string, windowMs);

/** Partitions are read side by side, so that flights of one may be months ahead of those of another. */
const grace = '365d';

/** Gathers how late flights are, by the airport that they leave from and by windows of time. */
export function flightDelays(topics: Topics, windowMs: number): Topology {
  const builder = new StreamsBuilder();
  const airports = builder.table(topics.airports, { key: string, value: airportSerde, store: 'airports' });

  builder
    .stream(topics.flights, { key: string, value: flightSerde })
    .selectKey((_, { origin }) => origin)
    .repartition({ name: 'by-origin', key: string, value: flightSerde })
    .join(airports, ({ delay }, { name, city, state }) => ({ delay, airport: `${name}, ${city} ${state}` }))
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace(windowMs, grace))
    .aggregate(
      (): Delays => ({ airport: '', flights: 0, minutes: 0 }),
      (_, { delay, airport }, { flights, minutes }) => ({ airport, flights: flights + 1, minutes: minutes + delay }),
      { store: 'delays', value: delaysSerde },
    )
    .toStream()
    .to(topics.delays, { key: delaysKeySerde(windowMs), value: delaysSerde });

  return builder.build();
}
