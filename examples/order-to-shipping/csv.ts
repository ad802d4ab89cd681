/** One record of a CSV text (RFC 4180), as it stands there. */
export interface CsvRecord {
  /** The line on which it begins; the header is line 1. */
  readonly line: number;
  readonly text: string;
}

/** A quoted field may run over line ends; a record that is longer than this many lines has lost its quote. */
const recordLinesMax = 16;

interface Line {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a text into its records, the header included and empty lines left out.
 *
 * A quote that is never closed must not swallow the lines after it: unless the lines that it runs over make one record
 * of `fieldCount` fields, and none of them is such a record by itself, it ends with its own line, a broken one.
 */
export function* splitRecords(text: string, fieldCount: number): Generator<CsvRecord> {
  const lines = [...linesOf(text)];
  for (let at = 0; at < lines.length; ) {
    const taken = linesOfRecord(text, lines.slice(at, at + recordLinesMax), fieldCount);
    const record = join(text, lines.slice(at, at + taken));
    if (record !== '') yield { line: at + 1, text: record };
    at += taken;
  }
}

function* linesOf(text: string): Generator<Line> {
  let start = 0;
  for (const { 0: lineEnd, index } of text.matchAll(/\r\n|\n|\r/g)) {
    yield { start, end: index };
    start = index + lineEnd.length;
  }
  yield { start, end: text.length };
}

function linesOfRecord(text: string, lines: readonly Line[], fieldCount: number): number {
  const isRecord = (record: string) => parseRecord(record).fields?.length === fieldCount;
  if (!endsInsideQuotes(join(text, lines.slice(0, 1)))) return 1;
  for (let count = 2; count <= lines.length; count += 1) {
    if (isRecord(join(text, lines.slice(count - 1, count)))) return 1;
    const record = join(text, lines.slice(0, count));
    if (!endsInsideQuotes(record)) return isRecord(record) ? count : 1;
  }
  return 1;
}

function join(text: string, lines: readonly Line[]): string {
  return text.slice(lines[0]?.start, lines.at(-1)?.end);
}

function endsInsideQuotes(text: string): boolean {
  let quotes = 0;
  for (const character of text) if (character === '"') quotes += 1;
  return quotes % 2 === 1;
}

export type ParsedRecord =
  | { readonly fields: readonly string[]; readonly fault?: undefined }
  | { readonly fields?: undefined; readonly fault: string };

/** The fields of one record, or what is wrong with it. */
export function parseRecord(text: string): ParsedRecord {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    if (typeof field === 'string') return { fault: field };
    fields.push(field.value);
    if (field.end === text.length) return { fields };
    if (text[field.end] !== ',') return { fault: `text after the closing quote of field ${fields.length}` };
    at = field.end + 1;
  }
}

type Field = { readonly value: string; readonly end: number };

function plainField(text: string, at: number): Field | string {
  const comma = text.indexOf(',', at);
  const end = comma < 0 ? text.length : comma;
  const value = text.slice(at, end);
  return value.includes('"') ? `a quote inside the unquoted field ${value}` : { value, end };
}

function quotedField(text: string, at: number): Field | string {
  let value = '';
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return 'a quote that is never closed';
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

/** A field as RFC 4180 writes it: quoted only when it must be. */
export function formatField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
