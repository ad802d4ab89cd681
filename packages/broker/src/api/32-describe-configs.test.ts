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
      synonyms: [{ name: 'log.retention.hours', value: '168', source: 5 }],
    });
    expect(config('retention.ms')?.documentation).toContain('kept');
  });

  test('the sources of a topic config stand in the order in which they count', async () => {
    const broker = await startHandlerBroker({ 'log.retention.hours': 2, 'log.retention.minutes': 30 });
    await broker.controller.ensureTopic('a');
    const one = async () => (await describeOne(broker, [2, 'a', ['retention.ms']])).config('retention.ms');
    expect(await one()).toMatchObject({ value: '1800000', configSource: 4 });
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

  test('the empty broker name stands for what was set for all brokers', async () => {
    const broker = await startHandlerBroker();
    expect((await describeOne(broker, [4, ''])).configs).toEqual([]);
    await set(broker, 4, '', { 'message.max.bytes': '5000' });
    expect((await describeOne(broker, [4, ''])).configs).toMatchObject([
      { name: 'message.max.bytes', value: '5000', configSource: 3 },
    ]);
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
    [16, 'metrics', errorCode.NONE],
    [32, '', errorCode.INVALID_REQUEST],
    [32, 'group', errorCode.NONE],
    [99, 'x', errorCode.INVALID_REQUEST],
  ])('resource %i %j is answered with %i and no configs', async (type, name, code) => {
    const result = await describeOne(await startHandlerBroker(), [type, name]);
    expect(result).toMatchObject({ errorCode: code, resourceType: type, resourceName: name, configs: [] });
  });
});
