import { json, string, windowed } from '@nagare/serdes';
import { StreamsBuilder, TimeWindows, type Topology } from '@nagare/streams';

/** What a sensor measured. */
export interface Reading {
  readonly celsius: number;
}

/** The readings of a sensor in one window. */
export interface Climate {
  readonly readings: number;
  readonly sum: number;
  readonly max: number;
}

/** The topics of the pipeline. A prefix keeps the runs on one cluster apart. */
export function topicsOf(prefix: string) {
  return {
    /** Readings by sensor, with the time at which they were taken. */
    readings: `${prefix}readings`,
    /** The climate of each minute, by sensor. */
    minutes: `${prefix}minutes`,
    /** The climate of five minutes, told every minute, by sensor. */
    trends: `${prefix}trends`,
    /** Readings that came too late, by sensor. */
    late: `${prefix}late`,
  } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

export const readingSerde = json<Reading>();
export const climateSerde = json<Climate>();
export const minuteMs = 60_000;
export const minuteKeySerde = windowed(string, minuteMs);
export const trendKeySerde = windowed(string, 5 * minuteMs);

/** The climate of each minute, and of five minutes every minute: each is told once, when no reading can change it. */
export function iotWindows(topics: Topics): Topology {
  const builder = new StreamsBuilder();
  const readings = builder.stream(topics.readings, { key: string, value: readingSerde });

  readings
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace('1m', '10s'))
    .emitStrategy('on-window-close')
    .aggregate(none, add, { store: 'minutes', value: climateSerde, late: (late) => late.to(topics.late) })
    .toStream()
    .to(topics.minutes);

  readings
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace('5m', '10s').advanceBy('1m'))
    .emitStrategy('on-window-close')
    .aggregate(none, add, { store: 'trends', value: climateSerde })
    .toStream()
    .to(topics.trends);

  return builder.build();
}

const none = (): Climate => ({ readings: 0, sum: 0, max: Number.NEGATIVE_INFINITY });

function add(_sensor: string, { celsius }: Reading, { readings, sum, max }: Climate): Climate {
  return { readings: readings + 1, sum: sum + celsius, max: Math.max(max, celsius) };
}
