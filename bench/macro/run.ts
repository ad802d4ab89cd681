import { parseArgs } from 'node:util';
import type { Product } from '@nagare/tests/tools/broker';
import { measureClients } from './clients.ts';
import { measureEmbedded } from './embedded.ts';
import { measureMatrix } from './matrix.ts';
import { allProducts, type BenchOptions } from './options.ts';
import { measureStartup } from './startup.ts';
import { measureThroughput } from './throughput.ts';

const suites: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  embedded: measureEmbedded,
  startup: measureStartup,
  throughput: measureThroughput,
  matrix: measureMatrix,
  clients: measureClients,
};

const usage = `Usage: pnpm bench [SUITE...] [--repetitions N] [--records N] [--only kafka|nagare]

Measures our broker and client beside Apache Kafka 4.3.1 and other clients. Results go to bench/results.
  suites         ${Object.keys(suites).join(', ')}; all when none is given
  --repetitions  runs of each kind, in alternating order; 3 when not given
  --records      records of 100 bytes per run; 1000000 when not given
  --only         one broker alone`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repetitions: { type: 'string', default: '3' },
    records: { type: 'string', default: '1000000' },
    only: { type: 'string' },
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
const options: BenchOptions = {
  repetitions: Number(values.repetitions),
  records: Number(values.records),
  products: values.only === undefined ? allProducts() : [values.only as Product],
};
for (const name of chosen) {
  console.log(`\n${name}`);
  await suites[name]?.(options);
}
