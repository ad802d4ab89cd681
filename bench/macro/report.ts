import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@nagare/tests/tools/paths';
import { type Spread, spreadOf } from './statistics.ts';

/** Repeated measurements of one figure, by contender. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Which direction is the better one. */
  readonly better: 'lower' | 'higher';
  readonly spreads: Readonly<Record<string, Spread>>;
}

/** Collects measurements of one suite, prints them side by side and keeps them in bench/results. */
export class Report {
  readonly #suite: string;
  readonly #values = new Map<string, { unit: string; better: Figure['better']; of: Map<string, number[]> }>();

  constructor(suite: string) {
    this.#suite = suite;
  }

  /** Adds one measurement. The first contender of a figure is the one that the others are compared with. */
  add(contender: string, figure: Pick<Figure, 'name' | 'unit' | 'better'>, value: number): void {
    const entry = this.#values.get(figure.name) ?? { unit: figure.unit, better: figure.better, of: new Map() };
    this.#values.set(figure.name, entry);
    const values = entry.of.get(contender) ?? [];
    values.push(value);
    entry.of.set(contender, values);
    console.log(`  ${figure.name}, ${contender}: ${format(value)} ${figure.unit}`);
  }

  /** Prints medians and ratios and, unless it was only a part of the suite, writes all to bench/results/SUITE.json. */
  finish({ isKept = true } = {}): readonly Figure[] {
    const figures = [...this.#values].map(
      ([name, { unit, better, of }]): Figure => ({
        name,
        unit,
        better,
        spreads: Object.fromEntries([...of].map(([contender, values]) => [contender, spreadOf(values)])),
      }),
    );
    console.log(`\n${this.#suite}: medians (lowest to highest)`);
    for (const figure of figures) printFigure(figure);
    if (isKept) this.#keep(figures);
    return figures;
  }

  #keep(figures: readonly Figure[]): void {
    const directory = join(repositoryRoot, 'bench/results');
    mkdirSync(directory, { recursive: true });
    const machine = {
      processor: cpus()[0]?.model,
      processors: cpus().length,
      memoryBytes: totalmem(),
      loadAverage: loadavg()[1],
    };
    const content = {
      suite: this.#suite,
      measuredAt: new Date().toISOString(),
      node: process.version,
      machine,
      figures,
    };
    writeFileSync(join(directory, `${this.#suite}.json`), `${JSON.stringify(content, null, 2)}\n`);
  }
}

function printFigure({ name, unit, spreads }: Figure): void {
  const entries = Object.entries(spreads);
  const reference = entries[0];
  for (const [contender, spread] of entries) {
    const range = `(${format(spread.min)} to ${format(spread.max)})`;
    const ratio =
      reference === undefined || contender === reference[0]
        ? ''
        : `  ${(spread.median / reference[1].median).toFixed(2)} x ${reference[0]}`;
    console.log(
      `  ${name.padEnd(46)} ${contender.padEnd(20)} ${format(spread.median).padStart(10)} ${unit} ${range}${ratio}`,
    );
  }
}

function format(value: number): string {
  if (value >= 1000) return Math.round(value).toString();
  return value.toPrecision(3);
}
