/** A mistake in the command line or in the input, told in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Gives what `read` makes of a command line, with the errors of `parseArgs` in one line. @throws {UsageError} */
export function commandLine<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')) throw error;
    throw new UsageError((error as Error).message.split(/\. |\.?\n/)[0]);
  }
}

/** @throws {UsageError} Unless `text` is a whole number from `min` to `max`. */
export function wholeNumber(flag: string, text: string, min: number, max = 999_999_999): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, got ${text}`);
}

/** @throws {UsageError} Unless `text` is `host:port`. */
export function brokerAddress(flag: string, text: string): string {
  const port = Number(/^[^\s:]+:(\d{1,5})$|^\[[\da-fA-F:.]+\]:(\d{1,5})$/.exec(text)?.slice(1).join(''));
  if (port >= 1 && port <= 65_535) return text;
  throw new UsageError(`${flag} must be HOST:PORT, got ${text}`);
}
