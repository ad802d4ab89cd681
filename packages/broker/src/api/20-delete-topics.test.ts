import { apis, errorCode, zeroUuid } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import type { SettingValue } from '../config/setting.ts';
import { topicConfigsOf } from '../core/controller/image.ts';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleDeleteTopics } from './20-delete-topics.ts';

const unknownId = 'AAAAAAAAAAAAAAAAAAAAAQ';

async function brokerWithTopics(flags: Readonly<Record<string, SettingValue>> = {}) {
  const broker = await startHandlerBroker(flags);
  await broker.controller.ensureTopics(['a', 'b', '__consumer_offsets']);
  const idOf = (name: string) => broker.controller.image().topicsByName.get(name)?.id as string;
  return { broker, idOf };
}

async function remove(broker: HandlerBroker, topics: readonly { name?: string | null; topicId?: string }[]) {
  const body = { topics, timeoutMs: 1000 };
  return (await broker.ask(apis.deleteTopics, handleDeleteTopics, { version: 6, body })).responses;
}

describe('DeleteTopics', () => {
  test('deletes by name in the old list', async () => {
    const { broker } = await brokerWithTopics();
    const body = { topicNames: ['a', 'nope'], timeoutMs: 1000 };
    const { responses } = await broker.ask(apis.deleteTopics, handleDeleteTopics, { version: 1, body });
    expect(responses.map(({ name, errorCode: code }) => [name, code])).toEqual([
      ['a', 0],
      ['nope', errorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ]);
    expect(broker.controller.image().topicsByName.has('a')).toBe(false);
  });

  test('deletes by name and by id', async () => {
    const { broker, idOf } = await brokerWithTopics();
    const [a, b] = [idOf('a'), idOf('b')];
    const responses = await remove(broker, [{ name: 'a' }, { topicId: b }, { topicId: unknownId }]);
    expect(responses).toMatchObject([
      { name: 'a', topicId: a, errorCode: 0 },
      { name: 'b', topicId: b, errorCode: 0 },
      { name: null, topicId: unknownId, errorCode: errorCode.UNKNOWN_TOPIC_ID },
    ]);
    expect([...broker.controller.image().topicsById.keys()]).toEqual([idOf('__consumer_offsets')]);
  });

  test('a topic made again has a new id and none of the old configs', async () => {
    const { broker, idOf } = await brokerWithTopics();
    const before = idOf('a');
    await broker.controller.alterConfigs({
      resources: [{ type: 2, name: 'a', changes: [{ name: 'retention.ms', operation: 'set', value: '1' }] }],
      ...{ replacesAll: false, validateOnly: false },
    });
    await remove(broker, [{ name: 'a' }]);
    await broker.controller.ensureTopic('a');
    expect(idOf('a')).not.toBe(before);
    expect(topicConfigsOf(broker.controller.image(), 'a').size).toBe(0);
  });

  test.each([
    ['neither name nor id', [{ name: null }]],
    ['name and id', [{ name: 'a', topicId: unknownId }]],
    ['a name twice', [{ name: 'a' }, { name: 'a' }]],
    ['an id twice', [{ topicId: unknownId }, { topicId: unknownId }]],
  ])('refuses %s', async (_, topics) => {
    const { broker } = await brokerWithTopics();
    const responses = await remove(broker, topics);
    expect(responses.map(({ errorCode: code }) => code)).toEqual([errorCode.INVALID_REQUEST]);
    expect(broker.controller.image().topicsByName.size).toBe(3);
  });

  test('a name and the id of the same topic are deleted once', async () => {
    const { broker, idOf } = await brokerWithTopics();
    const responses = await remove(broker, [{ topicId: idOf('a') }, { name: 'a' }]);
    expect(responses.map(({ errorCode: code }) => code)).toEqual([0, errorCode.INVALID_REQUEST]);
  });

  test('internal topics stay', async () => {
    const { broker } = await brokerWithTopics();
    const responses = await remove(broker, [{ name: '__consumer_offsets' }]);
    expect(responses[0]?.errorCode).toBe(errorCode.INVALID_TOPIC_EXCEPTION);
  });

  test('delete.topic.enable=false forbids it, in the words that the version knows', async () => {
    const { broker } = await brokerWithTopics({ 'delete.topic.enable': false });
    expect((await remove(broker, [{ name: 'a' }]))[0]).toMatchObject({
      ...{ name: 'a', topicId: zeroUuid, errorCode: errorCode.TOPIC_DELETION_DISABLED },
    });
    const body = { topicNames: ['a'], timeoutMs: 1000 };
    const old = await broker.ask(apis.deleteTopics, handleDeleteTopics, { version: 2, body });
    expect(old.responses[0]?.errorCode).toBe(errorCode.INVALID_REQUEST);
    expect(broker.controller.image().topicsByName.has('a')).toBe(true);
  });
});
