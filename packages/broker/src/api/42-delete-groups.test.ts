import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, versionsOf } from '../testing/handler-groups.ts';
import { handleLeaveGroup } from './13-leave-group.ts';
import { handleDeleteGroups } from './42-delete-groups.ts';

describe('DeleteGroups', () => {
  test.each(versionsOf(apis.deleteGroups))('version %i deletes the empty ones', async (version) => {
    const groups = await TestGroups.started();
    await groups.stable('full');
    const { memberId } = await groups.stable('empty');
    await groups.ask(handleLeaveGroup, apis.leaveGroup, 0, { groupId: 'empty', memberId });
    const body = { groupsNames: ['full', 'empty', 'none'] };
    const { results } = await groups.ask(handleDeleteGroups, apis.deleteGroups, version, body);
    expect(results.map(({ groupId, errorCode: code }) => [groupId, code])).toEqual([
      ['full', errorCode.NON_EMPTY_GROUP],
      ['empty', 0],
      ['none', errorCode.GROUP_ID_NOT_FOUND],
    ]);
  });

  test('answers once for a group that is named twice', async () => {
    const groups = await TestGroups.started();
    const { results } = await groups.ask(handleDeleteGroups, apis.deleteGroups, 2, { groupsNames: ['g', 'g'] });
    expect(results).toMatchObject([{ groupId: 'g', errorCode: errorCode.GROUP_ID_NOT_FOUND }]);
  });

  test('is refused without a coordinator', async () => {
    const groups = new TestGroups({ isCreated: false });
    const { results } = await groups.ask(handleDeleteGroups, apis.deleteGroups, 2, { groupsNames: ['g'] });
    expect(results).toMatchObject([{ groupId: 'g', errorCode: errorCode.NOT_COORDINATOR }]);
  });
});
