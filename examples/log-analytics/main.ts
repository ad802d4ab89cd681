import { readBack, readTable, runOnStage, runThrough, table } from '@nagare/example-kit';
import { int64 } from '@nagare/serdes';
import { logs } from './logs.ts';
import { logAnalytics, logSerde, minuteKeySerde, topicsOf } from './topology.ts';

const does = 'Counts errors by the minute, tells of bursts, and archives all lines.';

await runOnStage({ name: 'log-analytics', does }, async (stage, signal) => {
  const topics = topicsOf(stage.prefix);
  const lines = logs(1).map((line) => ({ value: logSerde.serialize(topics.logs, line) }));
  const inputs = new Map([[topics.logs, lines]]);
  const outputs = [topics.errors, topics.alerts, topics.archive];
  await runThrough(stage, logAnalytics(topics), { inputs, outputs, signal });

  const rowsOf = async (topic: string) => {
    const counts = await readTable(stage.client, topic, { key: minuteKeySerde, value: int64 });
    return counts
      .map(({ key, value }) => [new Date(key.window.start).toISOString().slice(11, 16), key.key, String(value)])
      .sort(([a, b], [c, d]) => (`${a} ${b}` < `${c} ${d}` ? -1 : 1));
  };
  let archived = 0;
  await readBack(stage.client, topics.archive, () => {
    archived += 1;
  });
  return [
    table(['minute', 'service', 'errors'], await rowsOf(topics.errors), 2),
    table(['minute', 'alert', 'errors'], await rowsOf(topics.alerts), 2),
    `lines=${lines.length} archived=${archived}`,
  ].join('\n\n');
});
