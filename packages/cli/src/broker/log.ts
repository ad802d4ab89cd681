import { createRequire } from 'node:module';
import type { Log } from '@nagare/base';
import type { Logger } from 'pino';
import { UsageError } from '../usage-error.ts';

const require = createRequire(import.meta.url);

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** A log that writes JSON lines to standard error, from a level on. */
export function stderrLog(level: string): Log {
  const lowest = levels.indexOf(level);
  if (lowest < 0) {
    throw new UsageError(`LOG_LEVEL must be one of ${levels.slice(0, -1).join(', ')} or silent, got ${level}`);
  }
  let logger: Logger | undefined;
  const writer =
    (at: 'debug' | 'info' | 'warn' | 'error'): Log[typeof at] =>
    (event, fields) => {
      if (levels.indexOf(at) < lowest) return;
      logger ??= createLogger(level);
      logger[at](fields, event);
    };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}

/** Called for the first line: a broker with nothing to tell starts a tenth sooner without the logger. */
function createLogger(level: string): Logger {
  const { destination, pino, stdSerializers }: typeof import('pino') = require('pino');
  const { err } = stdSerializers;
  return pino(
    { name: 'nagare', level, serializers: { error: err, cause: err } },
    // Written at once: the last lines before a crash are those that matter.
    destination({ fd: 2, sync: true }),
  );
}
