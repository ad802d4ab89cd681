import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@nagare/tests/tools/paths';
import type { Figure } from './report.ts';

const rateUnits = new Set(['records/s', 'requests/s']);
/** What is asked of each kind of figure, as ours by Kafka's. */
const bounds = { rate: 1, cost: 0.7, latency: 1, memory: 0.25 } as const;

type Kind = keyof typeof bounds;

/** Writes bench/results/matrix.md: a table to read, and the rows that miss what is asked of them. */
export function writeTable(figures: readonly Figure[], { records }: { readonly records: number }): void {
  const rows = figures.flatMap(comparisonOf);
  const misses = rows.filter(({ isMet }) => !isMet);
  const lines = [
    '# Matrix',
    '',
    'Written by `pnpm bench matrix`, beside `matrix.json`. Ratios are ours by Kafka’s; what is asked: throughput at least',
    `${bounds.rate}, CPU of the broker per million records or requests at most ${bounds.cost}, latency below ${bounds.latency}, memory at most ${bounds.memory}.`,
    `Measured with \`--records ${records}\`, at a load average of ${loadavg()[1]?.toFixed(1)} on ${cpus().length} processors. The benchmark makes about 3`,
    'itself; where it was far more, throughput and latency tell more of the machine than of the brokers.',
    'Rows that end in “synced” are on disk before they are answered: `durability=fsync` beside `flush.messages=1`.',
    '',
    '| | Kafka 4.3.1 | Nagare | Ratio | As asked |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(tableLine),
    '',
    `${rows.length - misses.length} of ${rows.length} figures are as asked: ${summaryOf(rows)}.`,
    '',
    ...misses.map(({ name, ratio }) => `- ${name}: ${ratio.toFixed(2)}`),
    ...(misses.length > 0 ? ['', 'What is known of such rows is in [README.md](README.md).', ''] : []),
    ...priceOf(figures),
  ];
  writeFileSync(join(repositoryRoot, 'bench/results/matrix.md'), `${lines.join('\n')}\n`);
}

interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly kind: Kind;
  readonly kafka: number;
  readonly nagare: number;
  readonly ratio: number;
  readonly isMet: boolean;
}

function comparisonOf({ name, unit, spreads }: Figure): Comparison[] {
  const kafka = spreads.kafka?.median;
  const nagare = spreads.nagare?.median;
  if (kafka === undefined || nagare === undefined) return [];
  const kind = kindOf(unit);
  const ratio = nagare / kafka;
  const isMet = kind === 'rate' ? ratio >= bounds.rate : ratio <= bounds[kind];
  return [{ name, unit, kind, kafka, nagare, ratio, isMet }];
}

function kindOf(unit: string): Kind {
  if (rateUnits.has(unit)) return 'rate';
  if (unit === 's/M') return 'cost';
  return unit === 'ms' ? 'latency' : 'memory';
}

function tableLine({ name, unit, kafka, nagare, ratio, isMet }: Comparison): string {
  return `| ${name} | ${amount(kafka)} ${unit} | ${amount(nagare)} ${unit} | ${ratio.toFixed(2)} | ${isMet ? 'yes' : '**no**'} |`;
}

function summaryOf(rows: readonly Comparison[]): string {
  const kinds: readonly Kind[] = ['rate', 'cost', 'latency', 'memory'];
  return kinds
    .map((kind) => {
      const all = rows.filter((row) => row.kind === kind);
      return `${kind} ${all.filter(({ isMet }) => isMet).length} of ${all.length}`;
    })
    .join(', ');
}

/** What syncing takes from the throughput of acks=all, for both. */
function priceOf(figures: readonly Figure[]): string[] {
  const prices = figures.flatMap(({ name, spreads }) => {
    const plain = figures.find((figure) => `${figure.name}, synced` === name);
    if (plain === undefined || !name.startsWith('produce')) return [];
    return Object.entries(spreads).flatMap(([contender, { median }]) => {
      const without = plain.spreads[contender]?.median;
      if (without === undefined) return [];
      return [
        `| ${plain.name}, ${contender} | ${amount(without)} | ${amount(median)} | ${(median / without).toFixed(2)} |`,
      ];
    });
  });
  if (prices.length === 0) return [];
  return [
    '| Price of syncing, records/s | operating system | synced | Ratio |',
    '| --- | --- | --- | --- |',
    ...prices,
  ];
}

export function amount(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
