import type { Log } from '@nagare/base';
import { destination, type Logger, levels, pino, stdSerializers } from 'pino';
import { UsageError } from '../usage-error.ts';

/** A log that writes JSON lines to standard error, from a level on. */
export function stderrLog(level: string): Log {
  if (level !== 'silent' && !Object.hasOwn(levels.values, level)) {
    throw new UsageError(`LOG_LEVEL must be one of ${Object.keys(levels.values).join(', ')} or silent, got ${level}`);
  }
  const { err } = stdSerializers;
  const logger = pino(
    { name: 'nagare', level, serializers: { error: err, cause: err } },
    // Written at once: the last lines before a crash are those that matter.
    destination({ fd: 2, sync: true }),
  );
  return logOf(logger);
}

function logOf(logger: Logger): Log {
  return {
    debug: (event, fields) => logger.debug(fields, event),
    info: (event, fields) => logger.info(fields, event),
    warn: (event, fields) => logger.warn(fields, event),
    error: (event, fields) => logger.error(fields, event),
  };
}
