import { describe, expect, test } from 'vitest';
import { brokerSettings } from './broker-settings.ts';
import { renderSettings } from './render-settings.ts';
import { formatValue, parseSetting } from './setting.ts';
import { topicSettings } from './topic-settings.ts';

describe('the tables of settings', () => {
  test('every setting is in the manual, with its default and limits', () => {
    const manual = renderSettings();
    for (const name of [...Object.keys(brokerSettings), ...Object.keys(topicSettings)]) {
      expect(manual).toContain(`| \`${name}\` |`);
    }
    expect(manual).toContain(
      '| `num.partitions` | int, partitions | `1` | ≥ 1 | Partitions of a topic that is created without a number. |',
    );
    expect(manual).toContain('`log.retention.ms`, `log.retention.minutes`, `log.retention.hours`');
  });

  test('every default keeps the limits of its setting', () => {
    for (const [name, setting] of Object.entries({ ...brokerSettings, ...topicSettings })) {
      if (setting.default === null) continue;
      expect(parseSetting(name, setting, formatValue(setting.default))).toEqual({ value: setting.default });
    }
  });

  test('a topic setting and the broker settings behind it have the same default', () => {
    for (const [name, { broker, default: own }] of Object.entries(topicSettings)) {
      const synonym = broker.find((candidate) => brokerSettings[candidate.name].default !== null);
      if (synonym === undefined) continue;
      const value = brokerSettings[synonym.name].default;
      expect([name, typeof value === 'number' && value > 0 ? value * synonym.factor : value]).toEqual([name, own]);
    }
  });
});
