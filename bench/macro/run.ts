import { parseArgs } from 'node:util';
import type { Product } from '@nagare/tests/tools/broker';
import { measureClients } from './clients.ts';
import { measureEmbedded } from './embedded.ts';
import { measureMatrix } from './matrix.ts';
import { allProducts, type BenchOptions, everyRow } from './options.ts';
import { measureStartup } from './startup.ts';
import { measureStreams } from './streams/suite.ts';
import { measureThroughput } from './throughput.ts';

const suites: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  embedded: measureEmbedded,
  startup: measureStartup,
  throughput: measureThroughput,
  matrix: measureMatrix,
  clients: measureClients,
  streams: measureStreams,
};

const usage = `Usage: pnpm bench [SUITE...] [--repetitions N] [--records N] [--only kafka|nagare] [--rows REGEXP] [--full]

Measures our broker and client beside Apache Kafka 4.3.1 and other clients. Results go to bench/results.
  suites         ${Object.keys(suites).join(', ')}; all when none is given
  --repetitions  runs of each kind, in alternating order; 5 when not given, 3 for streams, 1 for the
                 matrix unless it is full
  --records      records of 100 bytes per run, and keys to restore; 1000000 when not given
  --only         one broker alone; the results are not kept
  --rows         only those rows of throughput, matrix and streams whose names match; the results are not kept
  --full         all combinations of the matrix rather than each circumstance by itself`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repetitions: { type: 'string' },
    records: { type: 'string', default: '1000000' },
    only: { type: 'string' },
    rows: { type: 'string' },
    full: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const chosen = positionals.length === 0 ? Object.keys(suites) : positionals;
if (values.help || chosen.some((name) => !(name in suites))) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}
// What is measured is what users run: compiled, not transformed while it loads.
process.env.NAGARE_COMPILED ??= '1';
for (const name of chosen) {
  console.log(`\n${name}`);
  await suites[name]?.(optionsOf(name));
}

/** A short matrix runs once: it has so many rows that one that is off stands out. Streams are many, long runs. */
function optionsOf(suite: string): BenchOptions {
  const fewer = { matrix: values.full ? 5 : 1, streams: 3 } as Readonly<Record<string, number>>;
  return {
    repetitions: values.repetitions === undefined ? (fewer[suite] ?? 5) : Number(values.repetitions),
    records: Number(values.records),
    products: values.only === undefined ? allProducts() : [values.only as Product],
    rows: values.rows === undefined ? everyRow : new RegExp(values.rows),
    isFull: values.full,
  };
}
