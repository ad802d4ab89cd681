import { nodePlatform } from '@nagare/base/node';
import { apis, errorName } from '@nagare/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batchOf, startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

/** The time of the connections, which delays go by. */
let waits: VirtualClock;
let node: TestBroker;

beforeEach(async () => {
  waits = createVirtualClock();
  const platform = { ...nodePlatform(), clock: waits, timers: waits.timers };
  node = await startTestBroker({}, { platform });
  await node.createTopic('t');
});

afterEach(() => node[Symbol.asyncDispose]());

const produced = async () => (await node.broker.topics.read('t')).map(({ value }) => String(value));

async function coordinator(version: number): Promise<string> {
  const key = version < 4 ? { key: 'g' } : { coordinatorKeys: ['g'] };
  const answer = await node.client.request(apis.findCoordinator, version, { ...key, keyType: 0 });
  return errorName(version < 4 ? answer.errorCode : answer.coordinators[0]!.errorCode);
}

test('APIs are named as their schemas name them', () => {
  for (const [key, { name }] of Object.entries(apis)) expect(key[0]!.toUpperCase() + key.slice(1)).toBe(name);
});

test('a fault hits as often as it is told, and ends with its scope', async () => {
  const twice = node.broker.faults.fail('FindCoordinator', 'COORDINATOR_NOT_AVAILABLE', { times: 2 });
  expect([await coordinator(3), await coordinator(4), await coordinator(4)]).toEqual([
    'COORDINATOR_NOT_AVAILABLE',
    'COORDINATOR_NOT_AVAILABLE',
    'NONE',
  ]);
  expect(twice.hits).toBe(2);
  {
    using always = node.broker.faults.fail('FindCoordinator', 'COORDINATOR_LOAD_IN_PROGRESS');
    expect(await coordinator(4)).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect(always.hits).toBe(1);
  }
  expect(await coordinator(4)).toBe('NONE');
});

test('a fault hits the client and the requests that it is meant for', async () => {
  using others = node.broker.faults.fail('FindCoordinator', 'NOT_COORDINATOR', { clientId: 'another' });
  using some = node.broker.faults.fail('FindCoordinator', 'NOT_COORDINATOR', {
    when: ({ key }) => key === 'g',
  });
  expect([await coordinator(3), await coordinator(4)]).toEqual(['NOT_COORDINATOR', 'NONE']);
  expect([others.hits, some.hits]).toEqual([0, 1]);
});

test('a failed request has no effect, and its answer has the error everywhere', async () => {
  using _fault = node.broker.faults.fail('Produce', 'NOT_ENOUGH_REPLICAS');
  const { responses } = await node.client.request(apis.produce, 9, {
    ...{ acks: -1, timeoutMs: 1_000 },
    topicData: [{ name: 't', partitionData: [3, 4].map((index) => ({ index, records: null })) }],
  });
  const [answer] = responses;
  expect(answer?.partitionResponses.map(({ index, errorCode }) => [index, errorName(errorCode)])).toEqual([
    [3, 'NOT_ENOUGH_REPLICAS'],
    [4, 'NOT_ENOUGH_REPLICAS'],
  ]);
  expect(answer?.name).toBe('t');
});

test('a connection breaks before the request takes effect, or after that', async () => {
  using before = node.broker.faults.disconnect('Produce', { times: 1 });
  await expect(node.produce('t', ['lost'])).rejects.toThrow('closed');
  expect([await produced(), before.hits]).toEqual([[], 1]);
  const again = await node.connect();
  using _after = node.broker.faults.disconnect('Metadata', { answer: true });
  const creating = again.request(apis.metadata, 4, { topics: [{ name: 'made' }], allowAutoTopicCreation: true });
  await expect(creating).rejects.toThrow('closed');
  expect(node.broker.topics.list()).toEqual(['made', 't']);
});

test('an answer is lost, what was asked is done, and the stop of the broker does not wait for it', async () => {
  const dropped = node.broker.faults.drop('Produce', { answer: true });
  const lost = node.produce('t', ['done']).catch((error: Error) => error.message);
  while (dropped.hits === 0 || (await produced()).length === 0) await waits.advance(0);
  const asked = await node.connect();
  expect((await asked.request(apis.metadata, 4, { topics: null, allowAutoTopicCreation: false })).topics).toHaveLength(
    1,
  );
  asked.close();
  await node.broker.stop();
  node.client.close();
  expect(await lost).toContain('closed');
});

test('an answer is held back for the time of the delay', async () => {
  using delay = node.broker.faults.delay('Produce', 200);
  let isAnswered = false;
  const answered = node.produce('t', ['slow']).then(() => {
    isAnswered = true;
  });
  while (delay.hits === 0) await waits.advance(0);
  await waits.advance(199);
  expect([isAnswered, await produced()]).toEqual([false, ['slow']]);
  await waits.advance(1);
  await answered;
});

test('a full disk refuses appends, and takes them again when there is room', async () => {
  {
    using full = node.broker.faults.diskFull();
    const { responses } = await node.client.request(apis.produce, 9, {
      ...{ acks: -1, timeoutMs: 1_000 },
      topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf(['x']) }] }],
    });
    expect(errorName(responses[0]!.partitionResponses[0]!.errorCode)).toBe('KAFKA_STORAGE_ERROR');
    expect(full.hits).toBe(1);
    await expect(node.broker.topics.append('t', [{ value: 'x' }])).rejects.toMatchObject({
      code: 'NAGARE_BROKER_REFUSED',
    });
  }
  expect(await node.produce('t', ['y'])).toBe(0);
  expect(await produced()).toEqual(['y']);
});

test('a fault that can hit nothing is a mistake', () => {
  expect(() => node.broker.faults.fail('Produce', 'UNKNOWN_SERVER_ERROR', { times: 0 })).toThrow(RangeError);
  expect(() => node.broker.faults.delay('Produce', -1)).toThrow(RangeError);
});
