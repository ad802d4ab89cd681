import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@nagare/tests/tools/paths';
import { amount } from '../matrix-table.ts';
import type { BenchOptions } from '../options.ts';
import type { Figure } from '../report.ts';
import { type Contender, whyAbsent } from './contenders.ts';

/** One kind of figures, and how many times as good as Kafka Streams' ours are asked to be. */
interface Kind {
  readonly title: string;
  readonly names: RegExp;
  readonly timesMin?: number;
}

const kinds: readonly Kind[] = [
  { title: 'CPU time', names: /^(?!restore).*: CPU$/, timesMin: 1.5 },
  { title: 'Memory', names: /: peak memory$/, timesMin: 3 },
  { title: 'From start to first result', names: /^(?!restore).*: start to first result$/, timesMin: 5 },
  { title: 'Restore', names: /^restore.*: start to first result$/, timesMin: 1 },
  { title: 'TopologyTestDriver', names: /^driver/, timesMin: 5 },
  { title: 'Throughput', names: /: results$/ },
];

interface Comparison {
  readonly figure: Figure;
  readonly kind: Kind;
  readonly times: number;
  readonly isMet: boolean;
}

/** Prints what came of each row beside what is asked of it and, where it is kept, writes bench/results/streams.md. */
export function writeStreamsTable(
  figures: readonly Figure[],
  { records, repetitions }: BenchOptions,
  { isKept }: { readonly isKept: boolean },
): void {
  const rows = figures.flatMap(comparisonOf);
  const tables = kinds.flatMap((kind) => tableOf(kind, rows));
  console.log(`\n${[...tables, ...summaryOf(rows)].join('\n')}`);
  if (!isKept) return;
  const lines = [
    '# Streams',
    '',
    'Written by `pnpm bench streams`, beside `streams.json`. “Times” is how many times as good as Kafka Streams ours is: more results,',
    'less CPU time, less memory, sooner. What was measured and how is in [README.md](README.md).',
    `Medians of ${repetitions} runs with \`--records ${records}\`, at a load average of ${loadavg()[1]?.toFixed(1)} on ${cpus().length} processors.`,
    '',
    ...summaryOf(rows),
    ...tables,
  ];
  writeFileSync(join(repositoryRoot, 'bench/results/streams.md'), `${lines.join('\n').trim()}\n`);
}

function comparisonOf(figure: Figure): Comparison[] {
  const theirs = figure.spreads['kafka-streams']?.median;
  const ours = figure.spreads.nagare?.median;
  const kind = kinds.find(({ names }) => names.test(figure.name));
  if (theirs === undefined || ours === undefined || kind === undefined) return [];
  const times = figure.better === 'higher' ? ours / theirs : theirs / ours;
  return [{ figure, kind, times, isMet: times >= (kind.timesMin ?? 0) }];
}

function tableOf(kind: Kind, all: readonly Comparison[]): string[] {
  const rows = all.filter((row) => row.kind === kind);
  if (rows.length === 0) return [];
  const asked =
    kind.timesMin === undefined ? '' : `: at least ${kind.timesMin} ${kind.timesMin === 1 ? 'time' : 'times'}`;
  return [
    `## ${kind.title}${asked}`,
    '',
    `| ${rows[0]?.figure.unit} | Kafka Streams 4.3.1 | Nagare | Times | As asked | @kafkats/flow |`,
    '| --- | --: | --: | --: | --- | --: |',
    ...rows.map(lineOf),
    '',
  ];
}

function lineOf({ figure: { name, spreads }, kind, times, isMet }: Comparison): string {
  const circumstance = name.slice(0, name.indexOf(':'));
  const median = (contender: Contender) => amount(spreads[contender]?.median ?? Number.NaN);
  const asked = kind.timesMin === undefined ? '' : isMet ? 'yes' : '**no**';
  const why = whyAbsent('@kafkats/flow', circumstance) ?? 'failed';
  const third = spreads['@kafkats/flow'] === undefined ? `– (${why})` : median('@kafkats/flow');
  return `| ${circumstance} | ${median('kafka-streams')} | ${median('nagare')} | ${times.toFixed(2)} | ${asked} | ${third} |`;
}

function summaryOf(rows: readonly Comparison[]): string[] {
  const parts = kinds.flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    if (own.length === 0 || kind.timesMin === undefined) return [];
    return [`${kind.title} ${own.filter(({ isMet }) => isMet).length} of ${own.length}`];
  });
  const misses = rows.filter(({ isMet }) => !isMet);
  return [
    `As asked: ${parts.join(', ')}.`,
    '',
    ...misses.map(
      ({ figure, kind, times }) => `- ${figure.name}: ${times.toFixed(2)}, at least ${kind.timesMin} is asked`,
    ),
    ...(misses.length > 0 ? ['', 'What is known of such rows is in [README.md](README.md).', ''] : []),
  ];
}
