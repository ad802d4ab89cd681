import { createBroker } from '@nagare/broker';
import { answersApiVersions } from '@nagare/tests/tools/first-answer';
import type { BenchOptions } from './options.ts';
import { Report } from './report.ts';

const WARM_UPS = 3;
const STARTS_PER_REPETITION = 10;

/** How soon a broker inside a warm process is ready: the wait that each test of a suite would feel. */
export async function measureEmbedded(options: BenchOptions): Promise<void> {
  const report = new Report('embedded');
  const figure = (name: string) => ({ name, unit: 'ms', better: 'lower' }) as const;
  for (let start = -WARM_UPS; start < options.repetitions * STARTS_PER_REPETITION; start++) {
    const startMs = performance.now();
    const broker = await createBroker();
    const listeningMs = performance.now();
    if (!(await answersApiVersions(broker.bootstrapServers))) throw new Error('The embedded broker does not answer');
    const answeredMs = performance.now();
    await broker.stop();
    if (start < -WARM_UPS + 1)
      report.add('nagare', figure('createBroker(), first in the process'), listeningMs - startMs);
    if (start < 0) continue;
    report.add('nagare', figure('createBroker(), warm'), listeningMs - startMs);
    report.add('nagare', figure('createBroker() and a first answer, warm'), answeredMs - startMs);
    report.add('nagare', figure('stop()'), performance.now() - answeredMs);
  }
  report.finish();
}
