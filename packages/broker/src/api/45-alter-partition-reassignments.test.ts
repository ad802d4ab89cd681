import { apis } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleAlterPartitionReassignments } from './45-alter-partition-reassignments.ts';

let broker: HandlerBroker;
beforeEach(async () => {
  broker = await startHandlerBroker();
  await broker.controller.ensureTopic('a');
});

async function move(partitionIndex: number, replicas: readonly number[] | null, name = 'a') {
  const { errorCode, errorMessage, responses } = await broker.ask(
    apis.alterPartitionReassignments,
    handleAlterPartitionReassignments,
    { version: 1, body: { topics: [{ name, partitions: [{ partitionIndex, replicas }] }] } },
  );
  expect([errorCode, errorMessage, responses[0]?.name]).toEqual([0, null, name]);
  return responses[0]?.partitions[0];
}

describe('AlterPartitionReassignments', () => {
  test('lets a partition stay where it is', async () => {
    const before = broker.controller.image();
    expect(await move(0, [1])).toEqual({ partitionIndex: 0, errorCode: 0, errorMessage: null });
    expect(broker.controller.image()).toBe(before);
  });

  test.each([
    ['a broker that is not there', 0, [2], 39, /includes broker 2, but no such broker is registered/],
    ['one more broker', 0, [1, 2], 39, /includes broker 2, but no such broker is registered/],
    ['a broker twice', 0, [1, 1], 39, /includes the broker 1 more than once/],
    ['no broker', 0, [], 39, /includes an empty replica list/],
    ['a partition that is not there', 9, [1], 3, /^Unable to find partition a:9\.$/],
  ])('refuses %s', async (_, partition, replicas, errorCode, message) => {
    expect(await move(partition, replicas)).toMatchObject({ errorCode, errorMessage: expect.stringMatching(message) });
  });

  test('finds no move that could be ended, and no topic that is not there', async () => {
    expect(await move(0, null)).toMatchObject({ errorCode: 85, errorMessage: null });
    expect(await move(0, null, 'nope')).toMatchObject({
      ...{ errorCode: 3, errorMessage: 'Unable to find a topic named nope.' },
    });
  });
});
