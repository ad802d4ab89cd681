import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { UsageError } from '@nagare/example-kit';
import { type Catalog, catalogOf } from './catalog.ts';
import { type CsvRecord, parseRecord, splitRecords } from './csv.ts';
import { generate } from './generate.ts';
import type { Options } from './options.ts';
import { checkOrder, columns } from './order.ts';

export interface Input {
  readonly records: readonly CsvRecord[];
  readonly catalog: Catalog;
}

/** The orders of a run, and the catalogue that goes with them. */
export async function readInput(
  { orders, count, seed }: Pick<Options, 'orders' | 'count' | 'seed'>,
  signal: AbortSignal,
): Promise<Input> {
  if (orders === undefined) return generate({ count, seed });
  const text = await readText(orders, signal);
  const [header, ...records] = splitRecords(text.replace(/^\uFEFF/, ''), columns.length);
  const names = header === undefined ? [] : (parseRecord(header.text).fields ?? []);
  if (names.map((name) => name.trim()).join() !== columns.join()) {
    throw new UsageError(`${orders} must begin with the line ${columns.join()}, got ${header?.text ?? 'nothing'}`);
  }
  const valid = records.flatMap(({ line, text: record }) => checkOrder(line, record).order ?? []);
  return { records, catalog: catalogOf(valid) };
}

async function readText(path: string, signal: AbortSignal): Promise<string> {
  try {
    return path === '-'
      ? await textOf(addAbortSignal(signal, process.stdin))
      : await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}
