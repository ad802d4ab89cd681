import { countWords, countWordsInJava } from '@nagare/tests/tools/driver-bench';
import type { Report } from '../report.ts';

/** Seconds of CPU time that each driver counts words for. The best one counts: the first ones warm up. */
const ROUNDS = 6;

/** Word count in the TopologyTestDriver, ours and Java's. */
export async function measureDrivers(report: Report): Promise<void> {
  const figure = { name: 'driver: word count', unit: 'words/CPU s', better: 'higher' } as const;
  report.add('kafka-streams', figure, Math.max(...(await countWordsInJava(ROUNDS))));
  report.add('nagare', figure, Math.max(...countWords(ROUNDS)));
}
