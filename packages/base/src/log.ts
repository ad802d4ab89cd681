export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where events are told: a name (`group.rebalanced`) and fields, never sentences put together from parts. A pino logger
 * is one line away from it; libraries stay silent by default.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const nothing = () => {};

/** The log that tells nobody. */
export const silentLog: Log = Object.freeze({ debug: nothing, info: nothing, warn: nothing, error: nothing });
