import { describe, expect, test } from 'vitest';
import { defaultLogConfig, type LogConfig } from '../log/log-config.ts';
import { resolveTopicSettings, topicConfigFault } from './topic-config.ts';

const configs = (entries: Readonly<Record<string, string>> = {}) => new Map(Object.entries(entries));
const broker = { node: configs(), cluster: configs(), given: configs() };

describe('resolveTopicSettings', () => {
  test('without any setting it is what the logs take as their defaults', () => {
    const config: LogConfig = resolveTopicSettings(configs(), broker);
    for (const [name, value] of Object.entries(defaultLogConfig)) {
      const isEndless = value === Number.MAX_SAFE_INTEGER;
      expect(config[name as keyof LogConfig]).toEqual(isEndless ? 2 ** 63 : value);
    }
  });

  test('the topic comes before the broker, and milliseconds before minutes before hours', () => {
    const given = configs({ 'log.retention.hours': '2', 'log.retention.minutes': '3', 'log.roll.hours': '1' });
    expect(resolveTopicSettings(configs(), { ...broker, given })).toMatchObject({
      retentionMs: 180_000,
      segmentMs: 3_600_000,
    });
    const cluster = configs({ 'log.retention.ms': '4' });
    expect(resolveTopicSettings(configs(), { ...broker, given, cluster }).retentionMs).toBe(4);
    const own = configs({ 'retention.ms': '5', 'cleanup.policy': 'compact, delete' });
    expect(resolveTopicSettings(own, { ...broker, given, cluster })).toMatchObject({
      ...{ retentionMs: 5, cleanupPolicy: ['compact', 'delete'] },
    });
  });

  test('-1 hours are for ever', () => {
    const given = configs({ 'log.retention.hours': '-1' });
    expect(resolveTopicSettings(configs(), { ...broker, given }).retentionMs).toBe(-1);
  });
});

describe('topicConfigFault', () => {
  test.each([
    [{ 'retention.ms': '9223372036854775807', 'min.cleanable.dirty.ratio': '0.25', preallocate: 'TRUE' }, undefined],
    [{ nope: '1' }, 'Unknown topic config name: nope'],
    [
      { 'retention.ms': '9223372036854775808' },
      'Invalid value 9223372036854775808 for configuration retention.ms: Not a number of type LONG',
    ],
    [{ 'retention.ms': '-2' }, 'Invalid value -2 for configuration retention.ms: Value must be at least -1'],
    [
      { 'min.cleanable.dirty.ratio': '2' },
      'Invalid value 2 for configuration min.cleanable.dirty.ratio: Value must be no more than 1',
    ],
    [
      { 'min.compaction.lag.ms': '9', 'max.compaction.lag.ms': '8' },
      'conflict topic config setting min.compaction.lag.ms (9) > max.compaction.lag.ms (8)',
    ],
  ])('%j gives %j', (entries, fault) => {
    expect(topicConfigFault(configs(entries as Record<string, string>), broker)).toBe(fault);
  });
});
