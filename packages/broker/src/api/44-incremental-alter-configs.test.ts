import { apis, type ErrorName, errorName } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { configsOf } from '../core/controller/image.ts';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleIncrementalAlterConfigs } from './44-incremental-alter-configs.ts';

type Change = readonly [name: string, operation: number, value: string | null];
type Resource = readonly [type: number, name: string, ...Change[]];

const [set, remove, append, subtract] = [0, 1, 2, 3];

async function alter(broker: HandlerBroker, resources: readonly Resource[], validateOnly = false) {
  const body = {
    resources: resources.map(([resourceType, resourceName, ...changes]) => ({
      ...{ resourceType, resourceName },
      configs: changes.map(([name, configOperation, value]) => ({ name, configOperation, value })),
    })),
    validateOnly,
  };
  const { responses } = await broker.ask(apis.incrementalAlterConfigs, handleIncrementalAlterConfigs, {
    version: 1,
    body,
  });
  return responses.map(({ errorCode: code }) => errorName(code));
}

async function brokerWithTopic() {
  const broker = await startHandlerBroker();
  await broker.controller.ensureTopic('a');
  const configs = (type = 2, name = 'a') => Object.fromEntries(configsOf(broker.controller.image(), { type, name }));
  return { broker, configs };
}

describe('IncrementalAlterConfigs', () => {
  test('sets and deletes single configs', async () => {
    const { broker, configs } = await brokerWithTopic();
    expect(await alter(broker, [[2, 'a', ['retention.ms', set, '5'], ['segment.ms', set, '6']]])).toEqual(['NONE']);
    expect(await alter(broker, [[2, 'a', ['retention.ms', remove, null]]])).toEqual(['NONE']);
    expect(configs()).toEqual({ 'segment.ms': '6' });
  });

  test('adds to lists and takes from them, beginning with the default', async () => {
    const { broker, configs } = await brokerWithTopic();
    expect(await alter(broker, [[2, 'a', ['cleanup.policy', append, 'compact,delete']]])).toEqual(['NONE']);
    expect(configs()).toEqual({ 'cleanup.policy': 'delete,compact' });
    expect(await alter(broker, [[2, 'a', ['cleanup.policy', subtract, 'delete']]])).toEqual(['NONE']);
    expect(configs()).toEqual({ 'cleanup.policy': 'compact' });
  });

  test('settings of the broker can be changed for one or all', async () => {
    const { broker, configs } = await brokerWithTopic();
    expect(
      await alter(broker, [
        [4, '1', ['message.max.bytes', set, '9']],
        [4, '', ['log.retention.ms', set, '8']],
      ]),
    ).toEqual(['NONE', 'NONE']);
    expect(configs(4, '1')).toEqual({ 'message.max.bytes': '9' });
    expect(configs(4, '')).toEqual({ 'log.retention.ms': '8', 'min.insync.replicas': '1' });
  });

  test('groups and subscriptions to metrics keep what they are given', async () => {
    const { broker, configs } = await brokerWithTopic();
    expect(
      await alter(broker, [
        [32, 'g', ['consumer.session.timeout.ms', set, '50000']],
        [16, 's', ['metrics', append, 'a'], ['match', set, 'client_id=a.*']],
      ]),
    ).toEqual(['NONE', 'NONE']);
    expect(configs(32, 'g')).toEqual({ 'consumer.session.timeout.ms': '50000' });
    expect(configs(16, 's')).toEqual({ metrics: 'a', match: 'client_id=a.*' });
    await alter(broker, [[32, 'g', ['consumer.session.timeout.ms', remove, null]]]);
    expect(configs(32, 'g')).toEqual({});
  });

  test('a broker keeps what it does not know for others who may', async () => {
    const { broker, configs } = await brokerWithTopic();
    expect(await alter(broker, [[4, '1', ['leader.replication.throttled.rate', set, '9']]])).toEqual(['NONE']);
    expect(configs(4, '1')).toEqual({ 'leader.replication.throttled.rate': '9' });
  });

  test('a list cannot grow beyond what a record of it can hold', async () => {
    const { broker } = await brokerWithTopic();
    const replicas = (from: number) => Array.from({ length: 4_000 }, (_, index) => `${from + index}:1`).join(',');
    const name = 'leader.replication.throttled.replicas';
    expect(await alter(broker, [[2, 'a', [name, set, replicas(1_000)]]])).toEqual(['NONE']);
    expect(await alter(broker, [[2, 'a', [name, append, replicas(5_000)]]])).toEqual(['INVALID_CONFIG']);
  });

  const cases: readonly (readonly [string, Resource, ErrorName])[] = [
    ['an unknown config', [2, 'a', ['no.such', set, '1']], 'INVALID_CONFIG'],
    ['a value of another type', [2, 'a', ['retention.ms', set, 'x']], 'INVALID_CONFIG'],
    ['a value out of its limits', [2, 'a', ['segment.bytes', set, '10']], 'INVALID_CONFIG'],
    ['a choice that is none', [2, 'a', ['compression.type', set, 'brotli']], 'INVALID_CONFIG'],
    [
      'configs that contradict',
      [2, 'a', ['min.compaction.lag.ms', set, '9'], ['max.compaction.lag.ms', set, '8']],
      'INVALID_CONFIG',
    ],
    ['an append to what is no list', [2, 'a', ['retention.ms', append, '1']], 'INVALID_CONFIG'],
    ['a null value', [2, 'a', ['retention.ms', set, null]], 'INVALID_REQUEST'],
    ['a key twice', [2, 'a', ['retention.ms', set, '1'], ['retention.ms', set, '2']], 'INVALID_REQUEST'],
    ['an unknown operation', [2, 'a', ['retention.ms', 7, '1']], 'UNKNOWN_SERVER_ERROR'],
    ['a level that gzip does not have', [2, 'a', ['compression.gzip.level', set, '0']], 'INVALID_CONFIG'],
    [
      'throttled replicas that are none',
      [2, 'a', ['leader.replication.throttled.replicas', set, 'x']],
      'INVALID_CONFIG',
    ],
    ['an unknown topic', [2, 'b', ['retention.ms', set, '1']], 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an illegal topic', [2, 'a/b', ['retention.ms', set, '1']], 'INVALID_TOPIC_EXCEPTION'],
    ['the default topic', [2, '', ['retention.ms', set, '1']], 'INVALID_REQUEST'],
    ['another broker', [4, '2', ['log.retention.ms', set, '1']], 'INVALID_REQUEST'],
    ['a broker that is no number', [4, 'x', ['log.retention.ms', set, '1']], 'INVALID_REQUEST'],
    ['a setting that needs a restart', [4, '1', ['num.partitions', set, '1']], 'INVALID_REQUEST'],
    ['a number of replicas of one broker', [4, '1', ['min.insync.replicas', set, '2']], 'INVALID_CONFIG'],
    ['to forget the number of replicas of all', [4, '', ['min.insync.replicas', remove, null]], 'INVALID_CONFIG'],
    ['a bad value of a setting', [4, '1', ['log.retention.ms', set, 'x']], 'INVALID_REQUEST'],
    ['a logger', [8, '1', ['root', set, 'DEBUG']], 'INVALID_CONFIG'],
    ['an append to a logger', [8, '1', ['root', append, 'DEBUG']], 'INVALID_REQUEST'],
    ['a logger of another broker', [8, '2', ['root', set, 'DEBUG']], 'INVALID_REQUEST'],
    ['an unknown type', [3, 'x', ['root', set, 'DEBUG']], 'INVALID_REQUEST'],
    ['all groups', [32, '', ['consumer.session.timeout.ms', set, '50000']], 'INVALID_REQUEST'],
    ['an unknown config of a group', [32, 'g', ['no.such', set, '1']], 'INVALID_CONFIG'],
    ['a group that is too quick', [32, 'g', ['consumer.session.timeout.ms', set, '1']], 'INVALID_CONFIG'],
    ['a group that is too slow', [32, 'g', ['consumer.heartbeat.interval.ms', set, '15001']], 'INVALID_CONFIG'],
    ['a config of a group that is no number', [32, 'g', ['consumer.session.timeout.ms', set, 'x']], 'INVALID_CONFIG'],
    ['all subscriptions', [16, '', ['interval.ms', set, '100']], 'INVALID_REQUEST'],
    ['a subscription that is too quick', [16, 's', ['interval.ms', set, '99']], 'INVALID_REQUEST'],
    ['an unknown config of a subscription', [16, 's', ['no.such', set, '1']], 'INVALID_REQUEST'],
    ['a pattern about nothing', [16, 's', ['match', set, 'foo=1']], 'INVALID_CONFIG'],
    ['a pattern that is none', [16, 's', ['match', set, 'client_id=(']], 'INVALID_CONFIG'],
  ];

  test.each(cases)('refuses %s', async (_, resource, error) => {
    const { broker } = await brokerWithTopic();
    const before = broker.controller.image();
    expect(await alter(broker, [resource])).toEqual([error]);
    expect(broker.controller.image()).toBe(before);
  });

  test('each resource stands for itself, and twice is refused', async () => {
    const { broker, configs } = await brokerWithTopic();
    const good: Resource = [2, 'a', ['retention.ms', set, '5']];
    expect(await alter(broker, [good, [2, 'b', ['retention.ms', set, '5']]])).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    expect(configs()).toEqual({ 'retention.ms': '5' });
    expect(await alter(broker, [good, good])).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST']);
  });

  test('validateOnly changes nothing', async () => {
    const { broker, configs } = await brokerWithTopic();
    expect(await alter(broker, [[2, 'a', ['retention.ms', set, '5']]], true)).toEqual(['NONE']);
    expect(configs()).toEqual({});
  });
});
