import { string } from '@nagare/serdes';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { expect, test } from 'vitest';
import {
  climateSerde,
  iotWindows,
  minuteKeySerde,
  minuteMs,
  readingSerde,
  topicsOf,
  trendKeySerde,
} from './topology.ts';

const topics = topicsOf('');

function greenhouse() {
  const driver = new TopologyTestDriver(iotWindows(topics));
  const readings = driver.createInputTopic(topics.readings, { key: string, value: readingSerde });
  const minutes = driver.createOutputTopic(topics.minutes, { key: minuteKeySerde, value: climateSerde });
  const trends = driver.createOutputTopic(topics.trends, { key: trendKeySerde, value: climateSerde });
  const late = driver.createOutputTopic(topics.late, { key: string, value: readingSerde });
  return {
    driver,
    measure: (second: number, celsius: number, sensor = 'roof') =>
      readings.pipeInput(sensor, { celsius }, second * 1_000),
    minutes: () =>
      minutes.readKeyValuesToList().map(([key, climate]) => [key?.key, (key?.window.start ?? 0) / minuteMs, climate]),
    trends: () =>
      trends.readKeyValuesToList().map(([key, climate]) => [(key?.window.start ?? 0) / minuteMs, climate?.max]),
    /** Late readings: second and value. */
    late: () => late.readRecordsToList().map(({ timestamp, value }) => [timestamp / 1_000, value?.celsius]),
  };
}

test('a minute is told once, when it and its grace are over', () => {
  const { measure, minutes } = greenhouse();
  measure(0, 20);
  measure(30, 24);
  measure(69, 30);
  expect(minutes()).toEqual([]);
  measure(70, 30);
  expect(minutes()).toEqual([['roof', 0, { readings: 2, sum: 44, max: 24 }]]);
});

test('a reading that comes within grace counts in its minute', () => {
  const { measure, minutes, late } = greenhouse();
  measure(10, 20);
  measure(69, 30);
  measure(59, 28);
  measure(70, 30);
  expect(minutes()).toEqual([['roof', 0, { readings: 2, sum: 48, max: 28 }]]);
  expect(late()).toEqual([]);
});

test('a reading that comes later is in a topic of its own, with its own time', () => {
  const { measure, minutes, late } = greenhouse();
  measure(10, 20);
  measure(70, 30);
  measure(59, 99);
  measure(130, 30);
  expect(minutes().map(([, minute, climate]) => [minute, climate])).toEqual([
    [0, { readings: 1, sum: 20, max: 20 }],
    [1, { readings: 1, sum: 30, max: 30 }],
  ]);
  expect(late()).toEqual([[59, 99]]);
});

test('a reading that is late for its minute still counts in the longer windows that are open', () => {
  const { measure, trends } = greenhouse();
  measure(60, 20);
  measure(190, 21);
  measure(70, 40);
  measure(10 * 60, 20);
  expect(trends()).toContainEqual([0, 40]);
});

test('each reading is in one minute or late', () => {
  const { driver, measure, minutes, late } = greenhouse();
  for (const second of [0, 65, 50, 75, 40, 300, 291, 239, 70, 60, 400]) measure(second, 20);
  expect(late().map(([second]) => second)).toEqual([40, 239, 70, 60]);
  expect(minutes().map(([, minute]) => minute)).toEqual([0, 1, 4, 5]);
  // Minutes drop nothing: their late readings are somewhere. The longer windows tell nobody, and drop what none of theirs takes.
  expect(driver.droppedRecords.get('late') ?? 0).toBe(0);
});
