/** One record of a CSV text (RFC 4180), as it stands there. */
export interface CsvRecord {
  /** The line on which it begins; the header is line 1. */
  readonly line: number;
  readonly text: string;
}

/** A quoted field may run over line ends; a record that is longer than this many lines has lost its quote. */
const recordLinesMax = 16;

/**
 * Cuts a text into its records, the header included and empty lines left out.
 *
 * A quote that is never closed must not swallow the lines after it: unless the lines that it runs over make a record of
 * `fieldCount` fields, it ends with its own line, which then is a broken one.
 */
export function* splitRecords(text: string, fieldCount: number): Generator<CsvRecord> {
  const lines = text.split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; ) {
    const taken = linesOfRecord(lines, at, fieldCount);
    const record = lines.slice(at, at + taken).join('\n');
    if (record !== '') yield { line: at + 1, text: record };
    at += taken;
  }
}

function linesOfRecord(lines: readonly string[], at: number, fieldCount: number): number {
  if (!endsInsideQuotes(lines[at] as string)) return 1;
  for (let count = 2; count <= recordLinesMax && at + count <= lines.length; count += 1) {
    const text = lines.slice(at, at + count).join('\n');
    if (!endsInsideQuotes(text)) return parseRecord(text).fields?.length === fieldCount ? count : 1;
  }
  return 1;
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
