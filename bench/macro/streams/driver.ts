import { run } from '@nagare/tests/tools/child';
import { countWordsInJava } from '@nagare/tests/tools/java-driver-words';
import type { Report } from '../report.ts';
import { compiled } from './contenders.ts';

/** Seconds of CPU time that each driver counts words for. The best one counts: the first ones warm up. */
const ROUNDS = 6;

/** Word count in the TopologyTestDriver, ours and Java's. */
export async function measureDrivers(report: Report): Promise<void> {
  const figure = { name: 'driver: word count', unit: 'words/CPU s', better: 'higher' } as const;
  report.add('kafka-streams', figure, Math.max(...(await countWordsInJava(ROUNDS))));
  report.add('nagare', figure, Math.max(...(await countWordsInNode(ROUNDS))));
}

async function countWordsInNode(rounds: number): Promise<number[]> {
  const said = await run(process.execPath, [compiled('driver-words.js'), String(rounds)]);
  return said.trim().split('\n').map(Number);
}
