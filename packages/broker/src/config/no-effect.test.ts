import { describe, expect, test } from 'vitest';
import { brokerSettings } from './broker-settings.ts';
import type { Settings } from './setting.ts';
import { topicSettings } from './topic-settings.ts';

describe('the manual does not promise', () => {
  test('that an election may be unclean', () => {
    expect(topicSettings['unclean.leader.election.enable'].hasEffect).toBe(false);
  });

  test('of a setting of the broker more than of the setting of topics that it stands behind', () => {
    const table: Settings = brokerSettings;
    for (const setting of Object.values(topicSettings)) {
      for (const { name } of setting.broker) expect([name, table[name]?.hasEffect]).toEqual([name, setting.hasEffect]);
    }
  });
});
