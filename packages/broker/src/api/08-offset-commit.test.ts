import { apis, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, topicId, unknownId, versionsOf } from '../testing/handler-groups.ts';
import { handleOffsetCommit } from './08-offset-commit.ts';

type Body = RequestDraftOf<typeof apis.offsetCommit>;

const partition = (partitionIndex: number) => ({ partitionIndex, committedOffset: 5, committedMetadata: null });

function commit(groups: TestGroups, version: number, body: Partial<Body> = {}) {
  return groups.ask(handleOffsetCommit, apis.offsetCommit, version, {
    groupId: 'g',
    memberId: '',
    topics: [{ name: 't', topicId, partitions: [partition(0), partition(2)] }],
    ...body,
  });
}

describe('OffsetCommit', () => {
  test.each(versionsOf(apis.offsetCommit))(
    'version %i commits what exists and refuses what does not',
    async (version) => {
      const groups = await TestGroups.started();
      const { topics } = await commit(groups, version, {
        topics: [
          { name: 't', topicId, partitions: [partition(0), partition(2)] },
          { name: 'none', topicId: unknownId, partitions: [partition(0)] },
        ],
      });
      const codes = topics.map(({ partitions }) => partitions.map((each) => each.errorCode));
      const unknown = version < 10 ? errorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode.UNKNOWN_TOPIC_ID;
      expect(codes).toEqual([[0, errorCode.UNKNOWN_TOPIC_OR_PARTITION], [unknown]]);
      expect(topics.map((topic) => (version < 10 ? topic.name : topic.topicId))).toEqual(
        version < 10 ? ['t', 'none'] : [topicId, unknownId],
      );
      expect(groups.logs.flatMap(({ batches }) => batches)).toHaveLength(1);
    },
  );

  test('of a member that is none is refused as the version knows', async () => {
    const groups = await TestGroups.started();
    const body = { memberId: 'm', generationIdOrMemberEpoch: 1, topics: [{ name: 't', partitions: [partition(0)] }] };
    const code = async (version: number) => (await commit(groups, version, body)).topics[0]?.partitions[0]?.errorCode;
    expect(await code(8)).toBe(errorCode.ILLEGAL_GENERATION);
    expect(await code(9)).toBe(errorCode.GROUP_ID_NOT_FOUND);
  });

  test('tells the partitions that there are that the coordinator cannot serve', async () => {
    const { topics } = await commit(new TestGroups({ isCreated: false }), 8);
    expect(topics[0]?.partitions.map((each) => each.errorCode)).toEqual([
      errorCode.NOT_COORDINATOR,
      errorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
  });
});
