import { seededRandom } from '@nagare/base';
import {
  type Api,
  apis,
  codecOf,
  finishRequestHeader,
  Reader,
  type RequestDraftOf,
  type ResponseOf,
  readRequestHeader,
  Writer,
} from '@nagare/protocol';
import { expect, test } from 'vitest';
import { randomRequest } from '../testing/random-request.ts';
import { errorAnswer } from './error-answer.ts';

const code = 42;

/** What a client reads of the answer to a request. */
function answerTo<A extends Api>(api: A, version: number, body: RequestDraftOf<A>): ResponseOf<A> {
  const writer = new Writer();
  codecOf(api.request, version).write(writer, body as never);
  return readBack(api, version, codecOf(api.request, version).read(new Reader(writer.toBuffer())));
}

function readBack<A extends Api>(api: A, version: number, request: object): ResponseOf<A> {
  const writer = new Writer();
  codecOf(api.response, version).write(writer, errorAnswer(api, { version, request, code }) as never);
  return codecOf(api.response, version).read(new Reader(writer.toBuffer())) as ResponseOf<A>;
}

test('every request of every API in every version has an answer that can be sent', () => {
  const random = seededRandom('error answers');
  for (const api of Object.values(apis) as Api[]) {
    for (let version = api.versions.min; version <= api.versions.max; version += 1) {
      const reader = new Reader(randomRequest(api, version, random));
      readRequestHeader(reader);
      finishRequestHeader(reader, api, version);
      const answer = readBack(api, version, codecOf(api.request, version).read(reader));
      expect(Object.keys(answer), `${api.name} ${version}`).not.toEqual([]);
    }
  }
});

test('an error is told of each partition, by its name', () => {
  const fetched = answerTo(apis.fetch, 12, {
    ...{ maxWaitMs: 0, minBytes: 0 },
    topics: [
      { topic: 't', partitions: [3, 5].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 })) },
    ],
  });
  expect(fetched.errorCode).toBe(code);
  expect(fetched.responses[0]).toMatchObject({
    topic: 't',
    partitions: [
      { partitionIndex: 3, errorCode: code },
      { partitionIndex: 5, errorCode: code },
    ],
  });
  const listed = answerTo(apis.listOffsets, 7, {
    ...{ replicaId: -1, isolationLevel: 0 },
    topics: [{ name: 't', partitions: [{ partitionIndex: 2, timestamp: -1 }] }],
  });
  expect(listed.topics).toMatchObject([
    { name: 't', partitions: [{ partitionIndex: 2, errorCode: code, offset: -1 }] },
  ]);
});

test('an error is told where the version of the API has it', () => {
  const groups = [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [4] }] }];
  expect(answerTo(apis.offsetFetch, 8, { groups }).groups).toMatchObject([{ groupId: 'g', errorCode: code }]);
  const topics = [{ name: 't', partitionIndexes: [4] }];
  expect(answerTo(apis.offsetFetch, 5, { groupId: 'g', topics })).toMatchObject({
    errorCode: code,
    topics: [{ name: 't', partitions: [{ partitionIndex: 4, errorCode: code }] }],
  });
  const v3AndBelowTopics = [{ name: 't', partitions: [1] }];
  const added = answerTo(apis.addPartitionsToTxn, 3, {
    ...{ v3AndBelowTransactionalId: 'a', v3AndBelowProducerId: 1, v3AndBelowProducerEpoch: 0, v3AndBelowTopics },
  });
  expect(added.resultsByTopicV3AndBelow).toMatchObject([
    { name: 't', resultsByPartition: [{ partitionIndex: 1, partitionErrorCode: code }] },
  ]);
});

test('an error is told of names in plain lists, and of topics', () => {
  expect(answerTo(apis.deleteGroups, 2, { groupsNames: ['a', 'b'] }).results).toMatchObject([
    { groupId: 'a', errorCode: code },
    { groupId: 'b', errorCode: code },
  ]);
  expect(answerTo(apis.describeGroups, 5, { groups: ['a'] }).groups).toMatchObject([{ groupId: 'a', errorCode: code }]);
  expect(answerTo(apis.metadata, 9, { topics: [{ name: 't' }] }).topics).toMatchObject([
    { name: 't', errorCode: code },
  ]);
  expect(answerTo(apis.createTopics, 7, { timeoutMs: 1, topics: [] }).topics).toEqual([]);
});
