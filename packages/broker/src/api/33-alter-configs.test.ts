import { apis, errorName } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { topicConfigsOf } from '../core/controller/image.ts';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleAlterConfigs } from './33-alter-configs.ts';

async function alter(broker: HandlerBroker, configs: Readonly<Record<string, string | null>>, validateOnly = false) {
  const entries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  const body = { resources: [{ resourceType: 2, resourceName: 'a', configs: entries }], validateOnly };
  const { responses } = await broker.ask(apis.alterConfigs, handleAlterConfigs, { version: 2, body });
  return responses.map(({ errorCode: code }) => errorName(code));
}

async function brokerWithTopic() {
  const broker = await startHandlerBroker();
  await broker.controller.ensureTopic('a');
  return { broker, configs: () => Object.fromEntries(topicConfigsOf(broker.controller.image(), 'a')) };
}

describe('AlterConfigs', () => {
  test('what is not named goes back to its default', async () => {
    const { broker, configs } = await brokerWithTopic();
    expect(await alter(broker, { 'retention.ms': '5', 'segment.ms': '6' })).toEqual(['NONE']);
    expect(await alter(broker, { 'retention.ms': '7' })).toEqual(['NONE']);
    expect(configs()).toEqual({ 'retention.ms': '7' });
    expect(await alter(broker, {})).toEqual(['NONE']);
    expect(configs()).toEqual({});
  });

  test('a bad or null value changes nothing', async () => {
    const { broker, configs } = await brokerWithTopic();
    await alter(broker, { 'segment.ms': '6' });
    expect(await alter(broker, { 'retention.ms': 'x' })).toEqual(['INVALID_CONFIG']);
    expect(await alter(broker, { 'retention.ms': null })).toEqual(['INVALID_REQUEST']);
    expect(await alter(broker, {}, true)).toEqual(['NONE']);
    expect(configs()).toEqual({ 'segment.ms': '6' });
  });
});
