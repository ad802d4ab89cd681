import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, versionsOf } from '../testing/handler-groups.ts';
import { handleSyncGroup } from './14-sync-group.ts';

describe('SyncGroup', () => {
  test.each(versionsOf(apis.syncGroup))('version %i gives a member what the leader assigned', async (version) => {
    const groups = await TestGroups.started();
    const { memberId, generationId } = await groups.join(3);
    const body = {
      groupId: 'g',
      memberId,
      generationId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [{ memberId, assignment: Buffer.from('all') }],
    };
    const reply = await groups.ask(handleSyncGroup, apis.syncGroup, version, body);
    expect(reply.errorCode).toBe(0);
    expect(reply.assignment.toString()).toBe('all');
    if (version >= 5) expect(reply).toMatchObject({ protocolType: 'consumer', protocolName: 'range' });
    const stale = await groups.ask(handleSyncGroup, apis.syncGroup, version, { ...body, generationId: 9 });
    expect(stale.errorCode).toBe(errorCode.ILLEGAL_GENERATION);
  });

  test('must name the protocol once its version can, and the right one', async () => {
    const groups = await TestGroups.started();
    const member = { groupId: 'g', ...(await groups.stable()), assignments: [] };
    const code = async (body: object) =>
      (await groups.ask(handleSyncGroup, apis.syncGroup, 5, { ...member, ...body })).errorCode;
    expect(await code({})).toBe(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(await code({ protocolType: 'consumer', protocolName: 'sticky' })).toBe(
      errorCode.INCONSISTENT_GROUP_PROTOCOL,
    );
    expect(await code({ protocolType: 'consumer', protocolName: 'range' })).toBe(0);
  });

  test('is refused without a coordinator', async () => {
    const groups = new TestGroups({ isCreated: false });
    const body = { groupId: 'g', memberId: 'm', generationId: 1, assignments: [] };
    expect((await groups.ask(handleSyncGroup, apis.syncGroup, 0, body)).errorCode).toBe(errorCode.NOT_COORDINATOR);
  });
});
