import { readBack, readTable, runOnStage, runThrough, table } from '@nagare/example-kit';
import type { Serde, Windowed } from '@nagare/serdes';
import { readings } from './readings.ts';
import {
  type Climate,
  climateSerde,
  iotWindows,
  minuteKeySerde,
  readingSerde,
  topicsOf,
  trendKeySerde,
} from './topology.ts';

const does = 'Tells the climate of a house by the minute, and what came too late to count.';
const clockOf = (ms: number) => new Date(ms).toISOString().slice(11, 16);

await runOnStage({ name: 'iot-windows', does }, async (stage, signal) => {
  const topics = topicsOf(stage.prefix);
  const messages = readings(1).map(({ sensor, takenAtMs, celsius }) => ({
    key: sensor,
    value: readingSerde.serialize(topics.readings, { celsius }),
    timestamp: takenAtMs,
  }));
  const inputs = new Map([[topics.readings, messages]]);
  const outputs = [topics.minutes, topics.trends, topics.late];
  // Closed windows are looked for with each record and not once a second: the run is over sooner than that.
  await runThrough(stage, iotWindows(topics), { inputs, outputs, config: { emitIntervalMs: 0 }, signal });

  const climateRows = async (topic: string, key: Serde<Windowed<string>>) => {
    const climates = await readTable(stage.client, topic, { key, value: climateSerde });
    return climates
      .filter(({ key }) => key.key === 'roof')
      .map(({ key, value }) => climateRow(key, value))
      .sort();
  };
  const late = new Map<string, number>();
  await readBack(stage.client, topics.late, ({ key, timestamp }) => {
    const whose = `${key} ${clockOf(timestamp)}`;
    late.set(whose, (late.get(whose) ?? 0) + 1);
  });
  return [
    table(['roof', 'readings', 'mean', 'highest'], await climateRows(topics.minutes, minuteKeySerde)),
    table(['roof', 'readings', 'mean', 'highest'], await climateRows(topics.trends, trendKeySerde)),
    table(
      ['too late', 'readings'],
      [...late].map(([whose, count]) => [whose, String(count)]),
    ),
  ].join('\n\n');
});

function climateRow({ window }: Windowed<string>, { readings, sum, max }: Climate): string[] {
  const span = `${clockOf(window.start)}–${clockOf(window.end)}`;
  return [span, String(readings), (sum / readings).toFixed(1), max.toFixed(1)];
}
