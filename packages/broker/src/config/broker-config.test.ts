import { describe, expect, test } from 'vitest';
import { brokerConfigFault, effectiveSettings } from './broker-config.ts';
import { resolveSettings } from './resolve-settings.ts';

const configs = (entries: Readonly<Record<string, string>> = {}) => new Map(Object.entries(entries));

describe('effectiveSettings', () => {
  const settings = resolveSettings({ flags: { 'producer.id.expiration.ms': 1_000, 'message.max.bytes': 100 } });
  const effective = (node = {}, cluster = {}) =>
    effectiveSettings(settings, { node: configs(node), cluster: configs(cluster), given: settings.given });

  test('are those of the start while nothing was changed', () => {
    expect(effective()).toBe(settings);
  });

  test('what was set for this broker comes before what was set for all, and that before the start', () => {
    const name = 'producer.id.expiration.ms';
    expect(effective({}, { [name]: '2000' })).toMatchObject({ producerIdExpirationMs: 2_000, messageMaxBytes: 100 });
    expect(effective({ [name]: '3000' }, { [name]: '2000' }).producerIdExpirationMs).toBe(3_000);
  });

  test('pass over names that the broker does not have', () => {
    expect(effective({ 'leader.replication.throttled.rate': '1' })).toEqual(settings);
  });
});

describe('brokerConfigFault', () => {
  test.each([
    [{ 'message.max.bytes': '5', 'no.such': 'x' }, undefined],
    [{ 'node.id': '2', 'log.dirs': '/x' }, 'Cannot update these configs dynamically: [node.id, log.dirs]'],
    [{ 'message.max.bytes': 'x' }, 'Invalid value x for configuration message.max.bytes: Not a number of type INT'],
  ])('%j gives %j', (entries, fault) => {
    expect(brokerConfigFault(configs(entries as Record<string, string>))).toBe(fault);
  });
});
