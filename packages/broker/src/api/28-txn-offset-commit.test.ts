import { apis, type ErrorName, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { partitionOfKey } from '../core/key-partition.ts';
import { TestGroups, topicId, unknownId, versionsOf } from '../testing/handler-groups.ts';
import { handleOffsetFetch } from './09-offset-fetch.ts';
import { handleTxnOffsetCommit } from './28-txn-offset-commit.ts';

type Body = RequestDraftOf<typeof apis.txnOffsetCommit>;

const partition = (partitionIndex: number) => ({ partitionIndex, committedOffset: 5, committedMetadata: null });

async function commit(groups: TestGroups, version: number, body: Partial<Body> = {}): Promise<number[]> {
  const { topics } = await groups.ask(handleTxnOffsetCommit, apis.txnOffsetCommit, version, {
    ...{ transactionalId: 'x', groupId: 'g', producerId: 7, producerEpoch: 0 },
    topics: [{ name: 't', topicId, partitions: [partition(0)] }],
    ...body,
  });
  return topics.flatMap(({ partitions }) => partitions.map((each) => each.errorCode));
}

async function fetched(groups: TestGroups, requireStable: boolean): Promise<(number | undefined)[]> {
  const topics = [{ name: 't', partitionIndexes: [0] }];
  const body = { groupId: 'g', topics, requireStable };
  const answer = await groups.ask(handleOffsetFetch, apis.offsetFetch, 7, body);
  return answer.topics.flatMap(({ partitions }) =>
    partitions.flatMap((each) => [each.errorCode, each.committedOffset]),
  );
}

const group = partitionOfKey('g', 2);
const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, isCommit: true, transactionVersion: 1 };

describe('TxnOffsetCommit', () => {
  test.each(versionsOf(apis.txnOffsetCommit))('version %i stages what exists', async (version) => {
    const groups = await TestGroups.started();
    const codes = await commit(groups, version, {
      topics: [
        { name: 't', topicId, partitions: [partition(0), partition(2)] },
        { name: 'none', topicId: unknownId, partitions: [partition(0)] },
      ],
    });
    const unknown = version < 6 ? errorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode.UNKNOWN_TOPIC_ID;
    expect(codes).toEqual([0, errorCode.UNKNOWN_TOPIC_OR_PARTITION, unknown]);
    expect(groups.enlistments).toEqual([
      {
        ...{ transactionalId: 'x', producerId: 7, producerEpoch: 0, mode: version < 5 ? 'verify' : 'add' },
        partitions: [{ topic: '__consumer_offsets', partition: group }],
      },
    ]);
    expect(await fetched(groups, true)).toEqual([errorCode.UNSTABLE_OFFSET_COMMIT, -1]);
    expect(await fetched(groups, false)).toEqual([0, -1]);
    expect(await groups.groups.writeMarker(group, marker)).toBe('NONE');
    expect(await fetched(groups, true)).toEqual([0, 5]);
  });

  test('of partitions that do not exist asks nobody', async () => {
    const groups = await TestGroups.started();
    expect(await commit(groups, 3, { topics: [{ name: 'none', partitions: [partition(0)] }] })).toEqual([3]);
    expect(await commit(groups, 3, { groupId: '' })).toEqual([errorCode.INVALID_GROUP_ID]);
    expect(groups.enlistments).toEqual([]);
  });

  test('of a group that is not there is refused as the version knows', async () => {
    const groups = await TestGroups.started();
    const member = { memberId: 'm', generationIdOrMemberEpoch: 1 };
    expect(await commit(groups, 5, member)).toEqual([errorCode.ILLEGAL_GENERATION]);
    expect(await commit(groups, 6, member)).toEqual([errorCode.GROUP_ID_NOT_FOUND]);
  });

  test.each<[ErrorName, number, ErrorName]>([
    ['PRODUCER_FENCED', 5, 'INVALID_PRODUCER_EPOCH'],
    ['TRANSACTION_ABORTABLE', 3, 'INVALID_TXN_STATE'],
    ['TRANSACTION_ABORTABLE', 4, 'TRANSACTION_ABORTABLE'],
    ['COORDINATOR_LOAD_IN_PROGRESS', 1, 'COORDINATOR_NOT_AVAILABLE'],
    ['COORDINATOR_LOAD_IN_PROGRESS', 2, 'COORDINATOR_LOAD_IN_PROGRESS'],
  ])('tells %s in version %i as %s', async (enlisted, version, told) => {
    const groups = await TestGroups.started();
    groups.enlisted = enlisted;
    expect(await commit(groups, version)).toEqual([errorCode[told]]);
    expect(groups.logs.flatMap(({ batches }) => batches)).toEqual([]);
  });

  test('tells the partitions that there are that the coordinator cannot serve', async () => {
    const topics = [{ name: 't', partitions: [partition(0), partition(2)] }];
    expect(await commit(new TestGroups({ isCreated: false }), 3, { topics })).toEqual([
      errorCode.NOT_COORDINATOR,
      errorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
  });

  test('of a fenced epoch is refused', async () => {
    const groups = await TestGroups.started();
    await groups.groups.writeMarker(group, { ...marker, producerEpoch: 1 });
    expect(await commit(groups, 3)).toEqual([errorCode.INVALID_PRODUCER_EPOCH]);
    expect(await commit(groups, 3, { producerEpoch: 1 })).toEqual([0]);
  });
});
