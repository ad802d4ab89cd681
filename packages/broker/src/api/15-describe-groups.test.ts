import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, versionsOf } from '../testing/handler-groups.ts';
import { handleDescribeGroups } from './15-describe-groups.ts';

describe('DescribeGroups', () => {
  test.each(versionsOf(apis.describeGroups))(
    'version %i describes groups, and those that are not there',
    async (version) => {
      const groups = await TestGroups.started();
      const { memberId } = await groups.stable();
      const reply = await groups.ask(handleDescribeGroups, apis.describeGroups, version, { groups: ['g', 'none'] });
      expect(reply.groups).toMatchObject([
        {
          errorCode: 0,
          groupId: 'g',
          groupState: 'Stable',
          protocolType: 'consumer',
          protocolData: 'range',
          members: [{ memberId, clientId: 'app', clientHost: '/127.0.0.1' }],
        },
        { errorCode: version < 6 ? 0 : errorCode.GROUP_ID_NOT_FOUND, groupId: 'none', groupState: 'Dead', members: [] },
      ]);
      expect(reply.groups[1]?.errorMessage).toBe(version < 6 ? null : 'Group none not found.');
    },
  );

  test('tells what may be done with a group only who asks', async () => {
    const groups = await TestGroups.started();
    const describeG = async (includeAuthorizedOperations: boolean) => {
      const body = { groups: ['g'], includeAuthorizedOperations };
      return (await groups.ask(handleDescribeGroups, apis.describeGroups, 5, body)).groups[0]?.authorizedOperations;
    };
    expect(await describeG(false)).toBe(-(2 ** 31));
    expect(await describeG(true)).toBe((1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11));
  });

  test('names what it cannot describe', async () => {
    const groups = new TestGroups({ isCreated: false });
    const reply = await groups.ask(handleDescribeGroups, apis.describeGroups, 5, { groups: ['g'] });
    expect(reply.groups).toMatchObject([{ errorCode: errorCode.NOT_COORDINATOR, groupId: 'g', groupState: '' }]);
  });
});
