import { describe, expect, test } from 'vitest';
import { brokerSettings } from './broker-settings.ts';
import type { Settings } from './setting.ts';
import { topicSettings } from './topic-settings.ts';

const compaction = [
  'delete.retention.ms',
  'max.compaction.lag.ms',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
] as const;

describe('the manual does not promise', () => {
  test.each(compaction)('that %s matters: there is no compaction', (name) => {
    expect(topicSettings[name].hasEffect).toBe(false);
  });

  test('fetch sessions, or elections', () => {
    expect(brokerSettings['max.incremental.fetch.session.cache.slots'].hasEffect).toBe(false);
    expect(topicSettings['unclean.leader.election.enable'].hasEffect).toBe(false);
  });

  test('of a setting of the broker more than of the setting of topics that it stands behind', () => {
    const table: Settings = brokerSettings;
    for (const setting of Object.values(topicSettings)) {
      for (const { name } of setting.broker) expect([name, table[name]?.hasEffect]).toEqual([name, setting.hasEffect]);
    }
  });
});
