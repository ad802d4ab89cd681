import { type Topology } from '@nagare/streams';
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
export declare function topicsOf(prefix: string): {
  /** Lines of all hosts, without keys. */
  readonly logs: `${string}logs`;
  /** How many errors there were, by service and minute. */
  readonly errors: `${string}errors-per-minute`;
  /** The same, of services that have many in a minute. */
  readonly alerts: `${string}alerts`;
  /** Each line as text, by host. */
  readonly archive: `${string}archive`;
};
export type Topics = ReturnType<typeof topicsOf>;
export declare const logSerde: import('@nagare/serdes').Serde<LogLine>;
export declare const minuteMs = 60000;
export declare const minuteKeySerde: import('@nagare/serdes').Serde<import('@nagare/serdes').Windowed<string>>;
/** One stream of logs for many uses: errors by minute, alerts, and an archive. */
export declare function logAnalytics(topics: Topics): Topology;
//# sourceMappingURL=topology.d.ts.map
