import { apis, type RequestDraftOf } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleElectLeaders } from './43-elect-leaders.ts';

let broker: HandlerBroker;
beforeEach(async () => {
  broker = await startHandlerBroker();
  await broker.controller.ensureTopics(['a', 'b']);
});

const ask = (version: number, body: Partial<RequestDraftOf<typeof apis.electLeaders>>) =>
  broker.ask(apis.electLeaders, handleElectLeaders, {
    version,
    body: { topicPartitions: [{ topic: 'a', partitions: [0, 9] }], ...body },
  });

describe('ElectLeaders', () => {
  test.each([
    [0, {}],
    [1, { electionType: 0 }],
    [2, { electionType: 1 }],
  ])('v%i finds that whoever can lead leads already', async (version, body) => {
    expect(await ask(version, body)).toMatchObject({
      errorCode: 0,
      replicaElectionResults: [
        {
          topic: 'a',
          partitionResult: [
            { partitionId: 0, errorCode: 84, errorMessage: 'Leader election not needed for topic partition.' },
            { partitionId: 9, errorCode: 3, errorMessage: 'No such partition as a-9' },
          ],
        },
      ],
    });
  });

  test('does not know other topics, or other ways to elect', async () => {
    const unknown = await ask(2, { topicPartitions: [{ topic: 'nope', partitions: [0] }] });
    expect(unknown.replicaElectionResults[0]?.partitionResult[0]).toMatchObject({
      ...{ errorCode: 3, errorMessage: 'No such topic as nope' },
    });
    const refused = await ask(2, { electionType: 2 });
    expect(refused).toMatchObject({ errorCode: 42 });
    expect(refused.replicaElectionResults[0]?.partitionResult).toMatchObject([
      { partitionId: 0, errorCode: 42, errorMessage: 'Unknown election type 2' },
      { partitionId: 9, errorCode: 42, errorMessage: 'Unknown election type 2' },
    ]);
  });

  test('of all partitions tells those whose leader has changed: none', async () => {
    const { replicaElectionResults } = await ask(2, { topicPartitions: null });
    expect(replicaElectionResults).toEqual(['a', 'b'].map((topic) => ({ topic, partitionResult: [] })));
    expect((await ask(2, { topicPartitions: [] })).replicaElectionResults).toEqual([]);
  });
});
