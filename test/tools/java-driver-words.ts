import { join } from 'node:path';
import { compileOracle } from '../streams-oracle/java-oracle.ts';
import { run } from './child.ts';
import { scratchDirectory } from './paths.ts';

/** Words that Java's TopologyTestDriver counts in a second of CPU time, round by round: the first rounds warm up. */
export async function countWordsInJava(rounds: number): Promise<number[]> {
  using state = scratchDirectory('java-driver-words');
  const jars = await compileOracle();
  const said = await run('java', [
    '-XX:+UseSerialGC',
    '-cp',
    jars,
    'WordCount',
    join(state.path, 'state'),
    String(rounds),
  ]);
  return said.trim().split('\n').map(Number);
}
