import type { Header } from '@nagare/client';
import { UsageError } from '../usage-error.ts';

/** What a format can print of a record. */
export interface PrintableRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

type Piece = (record: PrintableRecord) => Buffer;

const nothing = Buffer.alloc(0);
const text =
  (of: (record: PrintableRecord) => string | number): Piece =>
  (record) =>
    Buffer.from(String(of(record)));
const lengthOf = (bytes: Buffer | null) => bytes?.length ?? -1;

/** kcat's tokens; `%v` is what kcat calls `%s`. */
const tokens: Readonly<Record<string, Piece>> = {
  k: ({ key }) => key ?? nothing,
  K: text(({ key }) => lengthOf(key)),
  v: ({ value }) => value ?? nothing,
  s: ({ value }) => value ?? nothing,
  S: text(({ value }) => lengthOf(value)),
  t: text(({ topic }) => topic),
  p: text(({ partition }) => partition),
  o: text(({ offset }) => offset),
  T: text(({ timestamp }) => timestamp),
  h: text(({ headers }) => headers.map(({ key, value }) => `${key}=${value?.toString() ?? 'NULL'}`).join(',')),
  '%': text(() => '%'),
};

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\' };

/**
 * Reads a format: `%k` key, `%v` or `%s` value, `%K` and `%S` their lengths (-1 for null), `%t` topic, `%p` partition,
 * `%o` offset, `%T` timestamp, `%h` headers, `%%`; `\n`, `\r`, `\t`, `\0`, `\\` and `\xNN`.
 *
 * @throws {UsageError} For a token that there is not.
 */
export function parseFormat(format: string): Piece {
  const pieces: Piece[] = [];
  for (const [part, token, hex, letter] of format.matchAll(/%(.?)|\\x([0-9a-fA-F]{2})|\\(.?)|[^%\\]+/gs)) {
    if (token !== undefined) pieces.push(tokenOf(token, format));
    else
      pieces.push(
        literal(hex === undefined ? Buffer.from(literalText(part, letter, format)) : Buffer.from(hex, 'hex')),
      );
  }
  return (record) => Buffer.concat(pieces.map((piece) => piece(record)));
}

function tokenOf(token: string, format: string): Piece {
  const piece = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
  if (piece === undefined) throw new UsageError(`format has no token %${token}: ${JSON.stringify(format)}`);
  return piece;
}

function literalText(part: string, letter: string | undefined, format: string): string {
  if (letter === undefined) return part;
  const character = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
  if (character === undefined) throw new UsageError(`format has no escape \\${letter}: ${JSON.stringify(format)}`);
  return character;
}

function literal(bytes: Buffer): Piece {
  return () => bytes;
}

/** A record as one line of JSON, with keys, values and headers read as UTF-8. */
export function jsonLine(record: PrintableRecord): Buffer {
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  const fields = {
    topic,
    partition,
    offset,
    timestamp,
    key: textOf(key),
    value: textOf(value),
    headers: headers.map((header) => ({ key: header.key, value: textOf(header.value) })),
  };
  return Buffer.from(`${JSON.stringify(fields)}\n`);
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString();
}
