import { int64, string } from '@nagare/serdes';
import { StreamsBuilder } from '@nagare/streams';
import { TopologyTestDriver } from '@nagare/streams/testing';

const texts = { key: string, value: string };

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Words that our driver counts in a second of CPU time, round by round: the first rounds warm up. */
function countWords(rounds: number): number[] {
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

console.log(countWords(Number(process.argv[2])).join('\n'));
