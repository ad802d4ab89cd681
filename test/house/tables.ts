/** The rows of every Markdown table under a heading (all of the page without one), by the heads of its columns. */
export function tableRows(markdown: string, heading?: string): Record<string, string>[] {
  const rows: Record<string, string>[] = [];
  let heads: string[] | undefined;
  for (const line of sectionOf(markdown, heading).split('\n')) {
    const cells = cellsOf(line);
    if (cells === undefined) heads = undefined;
    else if (heads === undefined) heads = cells;
    else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) {
      const names = heads;
      rows.push(Object.fromEntries(cells.map((cell, column) => [names[column] ?? '', cell])));
    }
  }
  return rows;
}

function sectionOf(markdown: string, heading: string | undefined): string {
  if (heading === undefined) return markdown;
  const start = markdown.indexOf(`\n${heading}\n`);
  if (start < 0) throw new RangeError(`The page has no heading ${heading}`);
  const rest = markdown.slice(start + heading.length + 2);
  const level = /^#+/.exec(heading)?.[0] ?? '#';
  const end = rest.search(new RegExp(`^#{1,${level.length}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}

function cellsOf(line: string): string[] | undefined {
  if (!line.startsWith('|')) return undefined;
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** What stands between backquotes. */
export function codeIn(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
}
