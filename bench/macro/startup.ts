import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startBroker } from '@nagare/tests/tools/broker';
import { scratchDirectory } from '@nagare/tests/tools/paths';
import { cpuSeconds, residentBytes } from '@nagare/tests/tools/process-cost';
import { type BenchOptions, inTurn, likeWithLike } from './options.ts';
import { Report } from './report.ts';

const SETTLE_MS = 3_000;
const IDLE_MS = 5_000;

const firstAnswer = { name: 'start to first answer', unit: 'ms', better: 'lower' } as const;
const startCpu = { name: 'CPU until settled', unit: 's', better: 'lower' } as const;
const memory = { name: 'memory at rest', unit: 'MiB', better: 'lower' } as const;
const idleCpu = { name: 'CPU at rest', unit: 'ms/s', better: 'lower' } as const;

/** Start of an empty broker to its first answer over TCP, and what it costs when nobody uses it. */
export async function measureStartup(options: BenchOptions): Promise<void> {
  const report = new Report('startup');
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const product of inTurn(options.products, repetition)) {
      using scratch = scratchDirectory('startup');
      const settings = likeWithLike[product] ?? {};
      await using broker = await startBroker(product, { dataDirectory: join(scratch.path, 'data'), settings });
      report.add(product, firstAnswer, broker.startedInMs);
      await delay(SETTLE_MS);
      const settledCpu = cpuSeconds(broker.pid);
      report.add(product, startCpu, settledCpu);
      await delay(IDLE_MS);
      report.add(product, memory, residentBytes(broker.pid) / 2 ** 20);
      report.add(product, idleCpu, ((cpuSeconds(broker.pid) - settledCpu) / IDLE_MS) * 1e6);
    }
  }
  report.finish();
}
