import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, topicId, versionsOf } from '../testing/handler-groups.ts';
import { handleDescribeGroups } from './15-describe-groups.ts';
import { handleListGroups } from './16-list-groups.ts';
import { handleDeleteGroups } from './42-delete-groups.ts';
import { handleConsumerGroupHeartbeat } from './68-consumer-group-heartbeat.ts';
import { handleConsumerGroupDescribe } from './69-consumer-group-describe.ts';

async function withMember(): Promise<TestGroups> {
  const groups = await TestGroups.started();
  const join = { groupId: 'g', memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 1_000, subscribedTopicNames: ['t'] };
  await groups.ask(handleConsumerGroupHeartbeat, apis.consumerGroupHeartbeat, 1, { ...join, topicPartitions: [] });
  return groups;
}

describe('ConsumerGroupDescribe', () => {
  test.each(versionsOf(apis.consumerGroupDescribe))('version %i tells who has what', async (version) => {
    const groups = await withMember();
    const assignment = { topicPartitions: [{ topicId, topicName: 't', partitions: [0, 1] }] };
    const body = { groupIds: ['g'], includeAuthorizedOperations: true };
    const { groups: described } = await groups.ask(
      handleConsumerGroupDescribe,
      apis.consumerGroupDescribe,
      version,
      body,
    );
    const member = {
      ...{ memberId: 'm', instanceId: null, rackId: null, memberEpoch: 2, clientId: 'app', clientHost: '/127.0.0.1' },
      ...{ subscribedTopicNames: ['t'], subscribedTopicRegex: '', assignment, targetAssignment: assignment },
      memberType: version === 0 ? -1 : 1,
    };
    expect(described).toEqual([
      {
        ...{ errorCode: 0, errorMessage: null, groupId: 'g', groupState: 'Stable', groupEpoch: 2, assignmentEpoch: 2 },
        ...{ assignorName: 'uniform', members: [member], authorizedOperations: expect.any(Number) },
      },
    ]);
    expect(described[0]?.authorizedOperations).toBeGreaterThan(0);
  });

  test('tells once of a topic of which a member is to give up a part', async () => {
    const groups = await withMember();
    const beat = (body: object) =>
      groups.ask(handleConsumerGroupHeartbeat, apis.consumerGroupHeartbeat, 1, {
        ...{ groupId: 'g', memberId: 'm', memberEpoch: 2, ...body },
      });
    const join = { memberEpoch: 0, rebalanceTimeoutMs: 1_000, subscribedTopicNames: ['t'], topicPartitions: [] };
    await beat({ memberId: 'n', ...join });
    const told = await beat({ topicPartitions: [{ topicId, partitions: [0, 1] }] });
    expect(told.assignment?.topicPartitions[0]?.partitions).toHaveLength(1);
    const body = { groupIds: ['g'], includeAuthorizedOperations: false };
    const answer = await groups.ask(handleConsumerGroupDescribe, apis.consumerGroupDescribe, 1, body);
    const member = answer.groups[0]?.members.find(({ memberId }) => memberId === 'm');
    expect(member?.assignment.topicPartitions).toEqual([{ topicId, topicName: 't', partitions: [0, 1] }]);
  });

  test('is not for other groups, nor for none', async () => {
    const groups = await withMember();
    await groups.stable('classic');
    const describeAll = (...groupIds: string[]) =>
      groups.ask(handleConsumerGroupDescribe, apis.consumerGroupDescribe, 1, {
        groupIds,
        includeAuthorizedOperations: false,
      });
    const reply = await describeAll('classic', 'nowhere', '');
    expect(reply.groups.map((group) => group.errorCode)).toEqual([
      errorCode.GROUP_ID_NOT_FOUND,
      errorCode.GROUP_ID_NOT_FOUND,
      errorCode.INVALID_GROUP_ID,
    ]);
    expect(reply.groups.map((group) => group.errorMessage)).toEqual([
      'Group classic is not a consumer group.',
      'Group nowhere not found.',
      null,
    ]);
    groups.features.set('group.version', 0);
    const off = await describeAll('g');
    expect(off.groups[0]?.errorCode).toBe(errorCode.UNSUPPORTED_VERSION);
  });

  test('leaves consumer groups out of DescribeGroups; ListGroups tells their type, and DeleteGroups spares their members', async () => {
    const groups = await withMember();
    await groups.stable('classic');
    const described = await groups.ask(handleDescribeGroups, apis.describeGroups, 6, { groups: ['g'] });
    expect(described.groups[0]?.errorCode).toBe(errorCode.GROUP_ID_NOT_FOUND);
    const list = (typesFilter: string[]) => groups.ask(handleListGroups, apis.listGroups, 5, { typesFilter });
    expect((await list(['Consumer'])).groups).toEqual([
      { groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' },
    ]);
    expect((await list([])).groups).toHaveLength(2);
    const erase = async () =>
      (await groups.ask(handleDeleteGroups, apis.deleteGroups, 2, { groupsNames: ['g'] })).results[0]?.errorCode;
    expect(await erase()).toBe(errorCode.NON_EMPTY_GROUP);
    const leave = { groupId: 'g', memberId: 'm', memberEpoch: -1 };
    await groups.ask(handleConsumerGroupHeartbeat, apis.consumerGroupHeartbeat, 1, leave);
    expect(await erase()).toBe(0);
    expect((await list([])).groups).toHaveLength(1);
  });
});
