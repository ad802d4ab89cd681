import { int64, json, string, windowed } from '@nagare/serdes';
import { StreamsBuilder, TimeWindows, type Topology } from '@nagare/streams';

/** A line of a log, as rsyslog.conf has rsyslog write it. */
export interface LogLine {
  /** When it was logged, such as 2025-03-03T12:00:00+00:00. */
  readonly time: string;
  readonly host: string;
  readonly service: string;
  readonly severity: string;
  readonly message: string;
}

/** The topics of the pipeline. A prefix keeps the runs on one cluster apart. */
export function topicsOf(prefix: string) {
  return {
    /** Lines of all hosts, without keys. */
    logs: `${prefix}logs`,
    /** How many errors there were, by service and minute. */
    errors: `${prefix}errors-per-minute`,
    /** The same, of services that have many in a minute. */
    alerts: `${prefix}alerts`,
    /** Each line as text, by host. */
    archive: `${prefix}archive`,
  } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

export const logSerde = json<LogLine>();
export const minuteMs = 60_000;
export const minuteKeySerde = windowed(string, minuteMs);

/** So many errors of a service in a minute are an alert. */
const errorsMax = 5;
const errorSeverities = new Set(['emerg', 'alert', 'crit', 'err']);

/** One stream of logs for many uses: errors by minute, alerts, and an archive. */
export function logAnalytics(topics: Topics): Topology {
  const builder = new StreamsBuilder();
  const lines = builder.stream(topics.logs, {
    key: string,
    value: logSerde,
    // When it happened, wherever the line was held up.
    timestamp: ({ value }) => Date.parse(logSerde.deserialize(topics.logs, value)?.time ?? ''),
  });

  const errors = lines
    .filter((_, { severity }) => errorSeverities.has(severity))
    .groupBy((_, { service }) => service, { name: 'by-service', key: string, value: logSerde })
    .windowedBy(TimeWindows.ofSizeAndGrace('1m', '1h'))
    .count({ store: 'errors-per-minute' });
  errors.toStream().to(topics.errors);

  errors
    .toStream()
    .filter((_, count) => count !== null && count >= errorsMax)
    .to(topics.alerts, { value: int64 });

  lines
    .selectKey((_, { host }) => host)
    .mapValues(({ time, host, service, severity, message }) => `${time} ${host} ${service} ${severity}: ${message}`)
    .to(topics.archive, { key: string, value: string });

  return builder.build();
}
