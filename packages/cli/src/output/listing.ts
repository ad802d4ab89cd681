import type { OutputFormat } from '../options.ts';

export type Cell = string | number | boolean | null;

/** Rows under headings: what `--output table` shows. */
export interface Listing {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Prints `json` as it is, or `listing` in columns. */
export async function printListing(format: OutputFormat, json: unknown, listing: () => Listing): Promise<void> {
  const text = format === 'json' ? JSON.stringify(json, undefined, 2) : await renderTable(listing());
  process.stdout.write(`${text}\n`);
}

/** Columns without lines, so that `awk` and people can read them. */
export async function renderTable({ heads, rows }: Listing): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const edges = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'];
  const lines = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'];
  const table = new Table({
    head: heads.map((head) => head.toUpperCase()),
    chars: { ...Object.fromEntries([...edges, ...lines].map((name) => [name, ''])), middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: heads.map((_, column) => (rows.every((row) => typeof row[column] === 'number') ? 'right' : 'left')),
  });
  for (const row of rows) table.push(row.map((cell) => (cell === null ? '-' : String(cell))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
