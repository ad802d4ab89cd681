import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups } from '../testing/handler-groups.ts';
import { handleOffsetCommit } from './08-offset-commit.ts';
import { handleOffsetFetch } from './09-offset-fetch.ts';
import { handleOffsetDelete } from './47-offset-delete.ts';

const remove = (groups: TestGroups, topic = 't', partitionIndex = 0) => {
  const body = { groupId: 'g', topics: [{ name: topic, partitions: [{ partitionIndex }] }] };
  return groups.ask(handleOffsetDelete, apis.offsetDelete, 0, body);
};

async function commit(groups: TestGroups): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: null }];
  const body = { groupId: 'g', memberId: '', topics: [{ name: 't', partitions }] };
  await groups.ask(handleOffsetCommit, apis.offsetCommit, 8, body);
}

describe('OffsetDelete', () => {
  test('deletes offsets of a group without members', async () => {
    const groups = await TestGroups.started();
    await commit(groups);
    expect(await remove(groups)).toMatchObject({
      errorCode: 0,
      topics: [{ name: 't', partitions: [{ errorCode: 0 }] }],
    });
    const fetched = await groups.ask(handleOffsetFetch, apis.offsetFetch, 7, { groupId: 'g', topics: null });
    expect(fetched.topics).toEqual([]);
  });

  test('refuses topics that the group consumes and those that do not exist', async () => {
    const groups = await TestGroups.started();
    await commit(groups);
    await groups.stable();
    const code = async (topic: string, partition = 0) =>
      (await remove(groups, topic, partition)).topics[0]?.partitions[0]?.errorCode;
    expect(await code('t')).toBe(errorCode.GROUP_SUBSCRIBED_TO_TOPIC);
    expect(await code('t', 2)).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(await code('none')).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('says what is wrong with the group', async () => {
    expect((await remove(await TestGroups.started())).errorCode).toBe(errorCode.GROUP_ID_NOT_FOUND);
    expect((await remove(new TestGroups({ isCreated: false }))).errorCode).toBe(errorCode.NOT_COORDINATOR);
  });
});
