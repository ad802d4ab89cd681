import { int64, string } from '@nagare/serdes';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { expect, test } from 'vitest';
import { logAnalytics, logSerde, minuteKeySerde, topicsOf } from './topology.ts';

const topics = topicsOf('');

function logs() {
  const driver = new TopologyTestDriver(logAnalytics(topics));
  const lines = driver.createInputTopic(topics.logs, { key: string, value: logSerde });
  const errors = driver.createOutputTopic(topics.errors, { key: minuteKeySerde, value: int64 });
  const alerts = driver.createOutputTopic(topics.alerts, { key: minuteKeySerde, value: int64 });
  const archive = driver.createOutputTopic(topics.archive, { key: string, value: string });
  const minutes = (topic: typeof errors) =>
    topic
      .readKeyValuesToList()
      .map(([key, count]) => [key?.key, new Date(key?.window.start ?? 0).getUTCMinutes(), count]);
  return {
    log: (clock: string, service: string, severity = 'err') =>
      lines.pipeInput(null, { time: `2025-03-03T${clock}+00:00`, host: 'web-1', service, severity, message: 'no' }),
    errors: () => minutes(errors),
    alerts: () => minutes(alerts),
    archive: () => archive.readKeyValuesToList(),
  };
}

test('errors are counted by service and by the minute in which they were logged', () => {
  const { log, errors } = logs();
  log('12:00:59', 'nginx');
  log('12:01:00', 'nginx', 'crit');
  log('12:00:30', 'nginx');
  log('12:01:30', 'sshd');
  expect(errors()).toEqual([
    ['nginx', 0, 1],
    ['nginx', 1, 1],
    ['nginx', 0, 2],
    ['sshd', 1, 1],
  ]);
});

test.each(['warning', 'notice', 'info', 'debug'])('%s is no error', (severity) => {
  const { log, errors } = logs();
  log('12:00:00', 'nginx', severity);
  expect(errors()).toEqual([]);
});

test('five errors of a service in a minute are an alert, which is told how many more there are', () => {
  const { log, alerts } = logs();
  for (let second = 10; second < 14; second += 1) log(`12:00:${second}`, 'nginx');
  log('12:00:14', 'sshd');
  expect(alerts()).toEqual([]);
  log('12:00:15', 'nginx');
  log('12:00:16', 'nginx');
  expect(alerts()).toEqual([
    ['nginx', 0, 5],
    ['nginx', 0, 6],
  ]);
});

test('every line is in the archive of its host', () => {
  const { log, archive } = logs();
  log('12:00:00', 'nginx', 'info');
  expect(archive()).toEqual([['web-1', '2025-03-03T12:00:00+00:00 web-1 nginx info: no']]);
});
