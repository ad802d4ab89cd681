import { apis, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { brokerSettings } from '../config/broker-settings.ts';
import { topicSettings } from '../config/topic-settings.ts';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleDescribeConfigs } from './32-describe-configs.ts';

type Request = RequestDraftOf<typeof apis.describeConfigs>;

async function describeOne(
  broker: HandlerBroker,
  [resourceType, resourceName, configurationKeys = null]: readonly [number, string, (readonly string[] | null)?],
  options: Partial<Request> = { includeSynonyms: true, includeDocumentation: true },
) {
  const body = { resources: [{ resourceType, resourceName, configurationKeys }], ...options };
  const { results } = await broker.ask(apis.describeConfigs, handleDescribeConfigs, { version: 4, body });
  const [result] = results;
  if (result === undefined) throw new Error('DescribeConfigs answered nothing');
  return { ...result, config: (name: string) => result.configs.find((config) => config.name === name) };
}

const set = (broker: HandlerBroker, type: number, name: string, configs: Readonly<Record<string, string>>) =>
  broker.controller.alterConfigs({
    resources: [
      {
        type,
        name,
        changes: Object.entries(configs).map(([config, value]) => ({ name: config, operation: 'set', value })),
      },
    ],
    ...{ replacesAll: false, validateOnly: false },
  });

describe('DescribeConfigs', () => {
  test('a topic has every config, with defaults from the tables', async () => {
    const broker = await startHandlerBroker();
    await broker.controller.ensureTopic('a');
    const { configs, config, errorCode: code } = await describeOne(broker, [2, 'a']);
    expect(code).toBe(0);
    expect(configs.map(({ name }) => name)).toEqual(Object.keys(topicSettings).sort());
    expect(config('cleanup.policy')).toMatchObject({
      value: 'delete',
      configSource: 5,
      configType: 7,
      readOnly: false,
    });
    expect(config('flush.messages')).toMatchObject({ value: '9223372036854775807', configType: 5, isSensitive: false });
    expect(config('retention.ms')).toMatchObject({
      ...{ value: '604800000', configSource: 5 },
      synonyms: [],
    });
    expect(config('retention.ms')?.documentation).toContain('kept');
  });

  test('the sources of a topic config stand in the order in which they count', async () => {
    const broker = await startHandlerBroker({ 'log.retention.hours': 2, 'log.retention.minutes': 30 });
    await broker.controller.ensureTopic('a');
    const one = async () => (await describeOne(broker, [2, 'a', ['retention.ms']])).config('retention.ms');
    // Kafka names no setting in another unit before one in milliseconds.
    expect(await one()).toMatchObject({ value: '1800000', configSource: 5, synonyms: [] });
    await set(broker, 4, '', { 'log.retention.ms': '400' });
    expect(await one()).toMatchObject({ value: '400', configSource: 3 });
    await set(broker, 4, '1', { 'log.retention.ms': '300' });
    expect(await one()).toMatchObject({ value: '300', configSource: 2 });
    await set(broker, 2, 'a', { 'retention.ms': '200' });
    expect(await one()).toMatchObject({
      ...{ value: '200', configSource: 1 },
      synonyms: [
        { name: 'retention.ms', value: '200', source: 1 },
        { name: 'log.retention.ms', value: '300', source: 2 },
        { name: 'log.retention.ms', value: '400', source: 3 },
        { name: 'log.retention.minutes', value: '30', source: 4 },
        { name: 'log.retention.hours', value: '2', source: 4 },
        { name: 'log.retention.hours', value: '168', source: 5 },
      ],
    });
  });

  test('synonyms and documentation are for those who ask', async () => {
    const broker = await startHandlerBroker();
    const { config } = await describeOne(broker, [4, '1'], {});
    expect(config('num.partitions')).toMatchObject({ value: '1', synonyms: [], documentation: null });
  });

  test('a broker has every setting; those that need a restart are read-only', async () => {
    const broker = await startHandlerBroker({ 'num.partitions': 6 });
    const { configs, config } = await describeOne(broker, [4, '1']);
    expect(configs.map(({ name }) => name)).toEqual(Object.keys(brokerSettings).sort());
    expect(config('num.partitions')).toMatchObject({ value: '6', configSource: 4, readOnly: true });
    expect(config('log.retention.ms')).toMatchObject({ value: null, configSource: 5, readOnly: false });
    expect(config('nagare.durability')).toMatchObject({ value: 'fsync', readOnly: true });
  });

  test('behind a setting of the broker stand those of the same meaning in other units', async () => {
    const broker = await startHandlerBroker();
    expect((await describeOne(broker, [4, '1'])).config('log.retention.ms')).toMatchObject({
      value: null,
      synonyms: [],
    });
    await set(broker, 4, '1', { 'log.retention.ms': '1000' });
    const { config } = await describeOne(broker, [4, '1']);
    expect(config('log.retention.ms')?.synonyms).toEqual([
      { name: 'log.retention.ms', value: '1000', source: 2 },
      { name: 'log.retention.hours', value: '168', source: 5 },
    ]);
    expect(config('log.retention.hours')?.synonyms).toEqual([{ name: 'log.retention.hours', value: '168', source: 5 }]);
  });

  test('the empty broker name stands for what was set for all brokers', async () => {
    const broker = await startHandlerBroker();
    // Eligible leader replicas need one number of replicas for all brokers.
    const least = { name: 'min.insync.replicas', value: '1', configSource: 3 };
    expect((await describeOne(broker, [4, ''])).configs).toMatchObject([least]);
    await set(broker, 4, '', { 'message.max.bytes': '5000', 'leader.replication.throttled.rate': '9' });
    expect((await describeOne(broker, [4, ''])).configs).toMatchObject([
      { name: 'message.max.bytes', value: '5000', configSource: 3, configType: 3, isSensitive: false },
      least,
      // What the broker does not know could be a secret.
      { name: 'leader.replication.throttled.rate', value: null, configType: 0, isSensitive: true, readOnly: true },
    ]);
  });

  test('a group has its own timeouts over those of the broker', async () => {
    const broker = await startHandlerBroker({ 'group.consumer.heartbeat.interval.ms': 6000 });
    await set(broker, 32, 'g', { 'consumer.session.timeout.ms': '50000' });
    const { configs, config } = await describeOne(broker, [32, 'g']);
    expect(configs.map(({ name }) => name)).toEqual([
      'consumer.assignment.interval.ms',
      'consumer.heartbeat.interval.ms',
      'consumer.session.timeout.ms',
    ]);
    expect(config('consumer.session.timeout.ms')).toMatchObject({
      ...{ value: '50000', configSource: 8, readOnly: false },
      synonyms: [
        { name: 'consumer.session.timeout.ms', value: '50000', source: 8 },
        { name: 'group.consumer.session.timeout.ms', value: '45000', source: 5 },
      ],
    });
    expect(config('consumer.heartbeat.interval.ms')).toMatchObject({ value: '6000', configSource: 4 });
    expect((await describeOne(broker, [32, 'another'])).config('consumer.session.timeout.ms')?.value).toBe('45000');
  });

  test('a subscription to metrics has its three configs', async () => {
    const broker = await startHandlerBroker();
    await set(broker, 16, 'sub', { metrics: 'org.apache.kafka.,x' });
    expect((await describeOne(broker, [16, 'sub'])).configs).toMatchObject([
      { name: 'interval.ms', value: '300000', configSource: 5, synonyms: [] },
      { name: 'match', value: '', configSource: 5 },
      { name: 'metrics', value: 'org.apache.kafka.,x', configSource: 7, configType: 7 },
    ]);
  });

  test('one unknown type spoils the whole request', async () => {
    const broker = await startHandlerBroker();
    const resources = [99, 4].map((resourceType) => ({ resourceType, resourceName: '1', configurationKeys: null }));
    const { results } = await broker.ask(apis.describeConfigs, handleDescribeConfigs, {
      version: 4,
      body: { resources },
    });
    expect(results.map((result) => result.errorCode)).toEqual([errorCode.INVALID_REQUEST, errorCode.INVALID_REQUEST]);
  });

  test('only the keys asked for are told', async () => {
    const broker = await startHandlerBroker();
    const { configs } = await describeOne(broker, [4, '1', ['num.partitions', 'no.such.key']]);
    expect(configs.map(({ name }) => name)).toEqual(['num.partitions']);
  });

  test.each([
    [2, 'missing', errorCode.UNKNOWN_TOPIC_OR_PARTITION],
    [2, 'a/b', errorCode.INVALID_TOPIC_EXCEPTION],
    [4, '2', errorCode.INVALID_REQUEST],
    [4, 'one', errorCode.INVALID_REQUEST],
    [8, '', errorCode.INVALID_REQUEST],
    [8, '1', errorCode.NONE],
    [16, '', errorCode.INVALID_REQUEST],
    [32, '', errorCode.INVALID_REQUEST],
    [99, 'x', errorCode.INVALID_REQUEST],
  ])('resource %i %j is answered with %i and no configs', async (type, name, code) => {
    const result = await describeOne(await startHandlerBroker(), [type, name]);
    expect(result).toMatchObject({ errorCode: code, resourceType: type, resourceName: name, configs: [] });
  });
});
