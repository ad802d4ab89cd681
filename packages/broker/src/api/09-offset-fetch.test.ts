import { apis, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, topicId, unknownId, versionsOf } from '../testing/handler-groups.ts';
import { handleOffsetCommit } from './08-offset-commit.ts';
import { handleOffsetFetch } from './09-offset-fetch.ts';

async function committed(): Promise<TestGroups> {
  const groups = await TestGroups.started();
  const partitions = [{ partitionIndex: 1, committedOffset: 7, committedLeaderEpoch: 2, committedMetadata: 'm' }];
  const body = { groupId: 'g', memberId: '', topics: [{ name: 't', partitions }] };
  await groups.ask(handleOffsetCommit, apis.offsetCommit, 9, body);
  return groups;
}

const fetch = (groups: TestGroups, version: number, body: RequestDraftOf<typeof apis.offsetFetch>) =>
  groups.ask(handleOffsetFetch, apis.offsetFetch, version, body);

describe('OffsetFetch', () => {
  test.each(versionsOf(apis.offsetFetch))('version %i reads what was committed, and -1 elsewhere', async (version) => {
    const groups = await committed();
    const topics = [{ name: 't', topicId, partitionIndexes: [0, 1] }];
    const reply = await fetch(
      groups,
      version,
      version < 8 ? { groupId: 'g', topics } : { groups: [{ groupId: 'g', topics }] },
    );
    const found = version < 8 ? reply.topics : reply.groups[0]?.topics;
    expect(found?.[0]).toMatchObject(version < 10 ? { name: 't' } : { topicId });
    expect(found?.[0]?.partitions).toMatchObject([
      { partitionIndex: 0, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 },
      {
        partitionIndex: 1,
        committedOffset: 7,
        committedLeaderEpoch: version < 5 ? -1 : 2,
        metadata: 'm',
        errorCode: 0,
      },
    ]);
  });

  test.each([2, 7, 8, 9, 10])(
    'version %i reads all topics when none is named, stable ones included',
    async (version) => {
      const groups = await committed();
      const body = version < 8 ? { groupId: 'g', topics: null } : { groups: [{ groupId: 'g', topics: null }] };
      const reply = await fetch(groups, version, { ...body, requireStable: version >= 7 });
      const found = version < 8 ? reply.topics : reply.groups[0]?.topics;
      expect(found).toMatchObject([{ partitions: [{ partitionIndex: 1, committedOffset: 7 }] }]);
      expect(found?.[0]).toMatchObject(version < 10 ? { name: 't' } : { topicId });
    },
  );

  test('reads many groups in one request', async () => {
    const reply = await fetch(await committed(), 8, {
      groups: [
        { groupId: 'g', topics: [{ name: 't', partitionIndexes: [1] }] },
        { groupId: 'other', topics: [{ name: 't', partitionIndexes: [1] }] },
      ],
    });
    const offsets = reply.groups.map(({ groupId, topics }) => [groupId, topics[0]?.partitions[0]?.committedOffset]);
    expect(offsets).toEqual([
      ['g', 7],
      ['other', -1],
    ]);
  });

  test('tells of a topic id that does not exist', async () => {
    const topics = [{ topicId: unknownId, partitionIndexes: [0] }];
    const reply = await fetch(await committed(), 10, { groups: [{ groupId: 'g', topics }] });
    expect(reply.groups[0]?.topics).toMatchObject([
      { topicId: unknownId, partitions: [{ committedOffset: -1, errorCode: errorCode.UNKNOWN_TOPIC_ID }] },
    ]);
  });

  test('says where the version has a place for it that the coordinator cannot serve', async () => {
    const groups = new TestGroups({ isCreated: false });
    const topics = [{ name: 't', partitionIndexes: [0] }];
    const code = errorCode.NOT_COORDINATOR;
    expect((await fetch(groups, 1, { groupId: 'g', topics })).topics[0]?.partitions[0]?.errorCode).toBe(code);
    expect((await fetch(groups, 2, { groupId: 'g', topics })).errorCode).toBe(code);
    expect((await fetch(groups, 8, { groups: [{ groupId: 'g', topics }] })).groups[0]?.errorCode).toBe(code);
  });
});
