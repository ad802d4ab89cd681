const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span of time: milliseconds, or a text such as `500ms`, `10s`, `5m`, `1h` or `7d`. */
export type Duration = number | string;

/** A span of time in milliseconds. `name` stands in the error when it is not one. */
export function durationMs(duration: Duration, name: string): number {
  const ms = typeof duration === 'number' ? duration : parse(duration);
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  const rule = 'whole milliseconds, 0 or more, or a text like 500ms, 10s, 5m, 1h or 7d';
  throw new RangeError(`${name} must be ${rule}, got ${JSON.stringify(duration)}`);
}

function parse(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text) ?? [];
  return amount === undefined || unit === undefined ? Number.NaN : Number(amount) * (unitMs[unit] as number);
}
