import { readTable, runOnStage, runThrough, table } from '@nagare/example-kit';
import { int64, string } from '@nagare/serdes';
import { topicsOf, wordCount } from './topology.ts';

const lines = [
  'The river flows to the sea,',
  'and the sea is never full.',
  'To the place where the river begins',
  'the river flows again.',
];

await runOnStage({ name: 'word-count', does: 'Counts the words of four lines.' }, async (stage, signal) => {
  const topics = topicsOf(stage.prefix);
  const inputs = new Map([[topics.lines, lines.map((value, index) => ({ key: String(index), value }))]]);
  await runThrough(stage, wordCount(topics), { inputs, outputs: [topics.counts], signal });

  const counts = await readTable(stage.client, topics.counts, { key: string, value: int64 });
  counts.sort((a, b) => b.value - a.value || (a.key < b.key ? -1 : 1));
  return table(
    ['word', 'times'],
    counts.slice(0, 5).map(({ key, value }) => [key, String(value)]),
  );
});
