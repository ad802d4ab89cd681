import { join } from 'node:path';
import { int64, string } from '@nagare/serdes';
import { StreamsBuilder } from '@nagare/streams';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { compileOracle } from '../streams-oracle/java-oracle.ts';
import { run } from './child.ts';
import { scratchDirectory } from './paths.ts';

const texts = { key: string, value: string };

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Words that our driver counts in a second of CPU time, round by round: the first rounds warm up. */
export function countWords(rounds: number): number[] {
  const builder = new StreamsBuilder();
  builder
    .stream('lines', texts)
    .flatMapValues((line) => line.split(' '))
    .groupBy((_key, word) => word, texts)
    .count({ store: 'counts' })
    .toStream()
    .to('counted');
  const driver = new TopologyTestDriver(builder.build());
  const lines = driver.createInputTopic('lines', texts);
  const counted = driver.createOutputTopic('counted', { key: string, value: int64 });
  return Array.from({ length: rounds }, () => {
    const start = cpuSeconds();
    let words = 0;
    while (cpuSeconds() - start < 1) {
      for (let line = 0; line < 100; line += 1) {
        lines.pipeInput(null, `the quick brown fox jumps over the lazy dog ${words % 1000}`);
        words += counted.readRecordsToList().length;
      }
    }
    return Math.round(words / (cpuSeconds() - start));
  });
}

/** The same in Java's driver. */
export async function countWordsInJava(rounds: number): Promise<number[]> {
  using state = scratchDirectory('driver-bench');
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
