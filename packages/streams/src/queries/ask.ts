import type { Window } from '@nagare/serdes';

/** What can be asked of one partition of a store, by its name: the fields of each question, and what they hold. */
export const askFields = {
  /** The row of a key-value store. */
  get: { key: 'bytes' },
  /** Rows of a key-value store in the order of their keys. */
  range: { from: 'bytes?', to: 'bytes?', after: 'bytes?', limit: 'limit' },
  /** About how many rows a key-value store has. */
  count: {},
  /** The row of a versioned store, now or as of a time. */
  version: { key: 'bytes', asOf: 'time?' },
  /** The rows that a key of a versioned store had in a span of time. */
  versions: { key: 'bytes', from: 'time', to: 'time' },
  /** One window of a key. */
  window: { key: 'bytes', start: 'time' },
  /** The windows of a key that start in a span of time. */
  windows: { key: 'bytes', from: 'time', to: 'time', after: 'bytes?', limit: 'limit' },
  /** The windows of all keys that start in a span of time. */
  'all-windows': { from: 'time', to: 'time', after: 'bytes?', limit: 'limit' },
  /** One session of a key. */
  session: { key: 'bytes', start: 'time', end: 'time' },
  /** The sessions of a key that overlap a span of time. */
  sessions: { key: 'bytes', earliestEnd: 'time', latestStart: 'time', after: 'bytes?', limit: 'limit' },
} as const;

interface FieldTypes {
  readonly bytes: Buffer;
  readonly 'bytes?': Buffer | undefined;
  readonly time: number;
  readonly 'time?': number | undefined;
  readonly limit: number;
}

export type FieldType = keyof FieldTypes;
export type AskKind = keyof typeof askFields;

type Fields<T> = { readonly [Name in keyof T]: T[Name] extends FieldType ? FieldTypes[T[Name]] : never };

/** A question of one kind. */
export type AskOf<Kind extends AskKind> = { readonly kind: Kind } & Fields<(typeof askFields)[Kind]>;

/** A question about one partition of a store. `after` goes on behind the row where a page ended. */
export type Ask = { readonly [Kind in AskKind]: AskOf<Kind> }[AskKind];

/** A row in bytes: its key and value as their serdes wrote them. */
export interface RawRow {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly timestamp: number;
  /** Of rows that have one. */
  readonly window?: Window;
  /** When a row of a versioned store ended. */
  readonly validTo?: number;
}

/** What answers a question. */
export interface Page {
  readonly rows: readonly RawRow[];
  /** Where the next page goes on, when there is more. */
  readonly next?: Buffer | undefined;
  /** Answers `count`. */
  readonly count?: number;
}

/** Rows of one page at most. */
export const pageRowsMax = 10_000;
/** What the keys and values of a page may take, beyond its first row. */
export const pageBytesMax = 1024 * 1024;
