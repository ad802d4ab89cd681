import { describe, expect, test } from 'vitest';
import { groupConfigFault, resolveGroupConfig } from './group-config.ts';

const configs = (entries: Readonly<Record<string, string>> = {}) => new Map(Object.entries(entries));
const broker = { node: configs(), cluster: configs(), given: configs() };

describe('resolveGroupConfig', () => {
  test('takes the group, then the broker, then the default', () => {
    const given = configs({ 'group.consumer.heartbeat.interval.ms': '6000' });
    const own = configs({ 'consumer.session.timeout.ms': '50000' });
    expect(resolveGroupConfig(own, { ...broker, given })).toEqual({
      consumerSessionTimeoutMs: 50_000,
      consumerHeartbeatIntervalMs: 6_000,
      consumerAssignmentIntervalMs: 1_000,
    });
  });
});

describe('groupConfigFault', () => {
  const session = 'consumer.session.timeout.ms';
  test.each([
    [{ [session]: '45000' }, undefined],
    [{ [session]: '44999' }, `${session} must be greater than or equal to group.consumer.min.session.timeout.ms`],
    [{ [session]: '60001' }, `${session} must be less than or equal to group.consumer.max.session.timeout.ms`],
    [{ [session]: 'x' }, `Invalid value x for configuration ${session}: Not a number of type INT`],
    [{ 'share.session.timeout.ms': '1' }, 'Unknown group config name: share.session.timeout.ms'],
  ])('%j gives %j', (entries, fault) => {
    expect(groupConfigFault(configs(entries as Record<string, string>), broker)).toBe(fault);
  });

  test('the broker moves the bounds, and a session outlives a heartbeat', () => {
    const given = configs({ 'group.consumer.min.session.timeout.ms': '1000' });
    const own = configs({ [session]: '2000' });
    expect(groupConfigFault(own, { ...broker, given })).toBe(
      `${session} must be greater than consumer.heartbeat.interval.ms`,
    );
    expect(groupConfigFault(configs({ [session]: '6000' }), { ...broker, given })).toBeUndefined();
  });
});
