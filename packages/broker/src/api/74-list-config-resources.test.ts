import { apis, errorCode } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleListConfigResources } from './74-list-config-resources.ts';

let broker: HandlerBroker;
beforeEach(async () => {
  broker = await startHandlerBroker();
  await broker.controller.ensureTopics(['a', 'b']);
  const set = (type: number, name: string, config: string, value: string) => {
    return { type, name, changes: [{ name: config, operation: 'set' as const, value }] };
  };
  await broker.controller.alterConfigs({
    resources: [set(32, 'g', 'consumer.session.timeout.ms', '50000'), set(16, 'sub', 'interval.ms', '100')],
    ...{ replacesAll: false, validateOnly: false },
  });
});

async function list(resourceTypes: readonly number[], version = 1) {
  const answer = await broker.ask(apis.listConfigResources, handleListConfigResources, {
    version,
    body: version === 0 ? {} : { resourceTypes },
  });
  return [
    answer.errorCode,
    ...answer.configResources.map(({ resourceName, resourceType }) => `${resourceType}:${resourceName}`),
  ];
}

describe('ListConfigResources', () => {
  test('without types lists everything', async () => {
    expect(await list([])).toEqual([0, '2:a', '2:b', '4:1', '8:1', '16:sub', '32:g']);
  });

  test('lists each type once, whatever the order', async () => {
    expect(await list([32, 2, 2])).toEqual([0, '2:a', '2:b', '32:g']);
  });

  test('v0 lists subscriptions to metrics', async () => {
    expect(await list([], 0)).toEqual([0, '16:sub']);
  });

  test('does not know other types', async () => {
    expect(await list([2, 3])).toEqual([errorCode.UNSUPPORTED_VERSION]);
  });
});
