import { type Ask, type AskKind, askFields, type FieldType, type Page, pageRowsMax, type RawRow } from './ask.ts';

/** A question about a partition of a store, from one process to another. */
export interface PartitionAsk {
  readonly store: string;
  readonly partition: number;
  readonly ask: Ask;
}

/** Writes a question as JSON: bytes are base64url. */
export function writeAsk({ store, partition, ask }: PartitionAsk): string {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(ask)) {
    fields[name] = Buffer.isBuffer(value) ? value.toString('base64url') : value;
  }
  return JSON.stringify({ store, partition, ask: fields });
}

/** Reads a question. @throws {TypeError} Unless it is one. */
export function readAsk(text: string): PartitionAsk {
  const { store, partition, ask } = objectOf(JSON.parse(text), 'the question');
  if (typeof store !== 'string') throw new TypeError('store must be a text');
  if (!isCount(partition)) throw new TypeError('partition must be a whole number');
  const given = objectOf(ask, 'ask');
  const { kind } = given;
  if (typeof kind !== 'string' || !Object.hasOwn(askFields, kind)) throw new TypeError(`ask.kind is unknown: ${kind}`);
  const fields = Object.entries(askFields[kind as AskKind]).map(([name, type]: [string, FieldType]) => [
    name,
    fieldOf(name, type, given[name]),
  ]);
  return { store, partition, ask: { kind, ...Object.fromEntries(fields) } as Ask };
}

function fieldOf(name: string, type: FieldType, value: unknown): Buffer | number | undefined {
  switch (type) {
    case 'bytes?':
      return value === undefined ? undefined : bytesOf(name, value);
    case 'bytes':
      return bytesOf(name, value);
    case 'time?':
      return value === undefined ? undefined : timeOf(name, value);
    case 'time':
      return timeOf(name, value);
    case 'limit':
      if (isCount(value) && value >= 1 && value <= pageRowsMax) return value;
      throw new TypeError(`ask.${name} must be a whole number from 1 to ${pageRowsMax}`);
  }
}

function bytesOf(name: string, value: unknown): Buffer {
  if (typeof value !== 'string') throw new TypeError(`ask.${name} must be base64url`);
  return Buffer.from(value, 'base64url');
}

function timeOf(name: string, value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new TypeError(`ask.${name} must be a time in milliseconds`);
  return value as number;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${what} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

/** A row as it is sent: key, value, timestamp, start and end of its window, and when it ended. */
type WireRow = readonly [string, string, number, number | null, number | null, number | null];

/** Writes an answer as JSON. */
export function writePage({ rows, next, count }: Page): string {
  const sent = rows.map(({ key, value, timestamp, window, validTo }): WireRow => {
    const span = [window?.start ?? null, window?.end ?? null, validTo ?? null] as const;
    return [key.toString('base64url'), value.toString('base64url'), timestamp, ...span];
  });
  return JSON.stringify({ rows: sent, next: next?.toString('base64url'), count });
}

/** Reads an answer. @throws {TypeError} Unless it is one. */
export function readPage(text: string): Page {
  const { rows, next, count } = objectOf(JSON.parse(text), 'the answer');
  if (!Array.isArray(rows)) throw new TypeError('rows must be a list');
  return {
    rows: rows.map(readRow),
    next: next === undefined ? undefined : bytesOf('next', next),
    ...(isCount(count) ? { count } : {}),
  };
}

function readRow(row: unknown): RawRow {
  const [key, value, timestamp, start, end, validTo] = Array.isArray(row) ? row : [];
  const fixed = {
    key: bytesOf('key', key),
    value: bytesOf('value', value),
    timestamp: timeOf('timestamp', timestamp),
  };
  return {
    ...fixed,
    ...(typeof start === 'number' && typeof end === 'number' ? { window: { start, end } } : {}),
    ...(typeof validTo === 'number' ? { validTo } : {}),
  };
}
