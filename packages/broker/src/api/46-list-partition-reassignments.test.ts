import { apis } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { startHandlerBroker } from '../testing/handler-broker.ts';
import { handleListPartitionReassignments } from './46-list-partition-reassignments.ts';

describe('ListPartitionReassignments', () => {
  test.each([
    ['all', null],
    ['some', [{ name: 'a', partitionIndexes: [0, 9] }]],
    ['unknown', [{ name: 'nope', partitionIndexes: [0] }]],
  ])('of %s partitions none is on its way', async (_, topics) => {
    const broker = await startHandlerBroker();
    await broker.controller.ensureTopic('a');
    const answer = await broker.ask(apis.listPartitionReassignments, handleListPartitionReassignments, {
      version: 0,
      body: { topics },
    });
    expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, topics: [] });
  });
});
