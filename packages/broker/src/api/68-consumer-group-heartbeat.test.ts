import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, topicId, versionsOf } from '../testing/handler-groups.ts';
import { handleConsumerGroupHeartbeat } from './68-consumer-group-heartbeat.ts';

const join = {
  groupId: 'g',
  memberEpoch: 0,
  rebalanceTimeoutMs: 1_000,
  subscribedTopicNames: ['t'],
  topicPartitions: [],
};

describe('ConsumerGroupHeartbeat', () => {
  test.each(versionsOf(apis.consumerGroupHeartbeat))(
    'version %i lets members join, stay and leave',
    async (version) => {
      const groups = await TestGroups.started();
      const beat = (body: object) =>
        groups.ask(handleConsumerGroupHeartbeat, apis.consumerGroupHeartbeat, version, {
          ...join,
          memberId: 'm',
          ...body,
        });
      expect(await beat({})).toEqual({
        throttleTimeMs: 0,
        errorCode: 0,
        errorMessage: null,
        memberId: 'm',
        memberEpoch: 2,
        heartbeatIntervalMs: 5_000,
        assignment: { topicPartitions: [{ topicId, partitions: [0, 1] }] },
      });
      const stay = { memberEpoch: 2, rebalanceTimeoutMs: -1, subscribedTopicNames: null, topicPartitions: null };
      expect(await beat(stay)).toMatchObject({ errorCode: 0, memberEpoch: 2, assignment: null });
      expect(await beat({ memberEpoch: -1 })).toMatchObject({ errorCode: 0, memberEpoch: -1 });
      expect((await beat({ memberEpoch: 5 })).errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID);
    },
  );

  test('gives members their ids in version 0, and expects them from version 1 on', async () => {
    const groups = await TestGroups.started();
    const ask = (version: number) =>
      groups.ask(handleConsumerGroupHeartbeat, apis.consumerGroupHeartbeat, version, { ...join, memberId: '' });
    const [one, two] = [await ask(0), await ask(0)];
    expect(one.memberId).toMatch(/^[\w-]{22}$/);
    expect(two.memberId).not.toBe(one.memberId);
    expect(await ask(1)).toMatchObject({
      errorCode: errorCode.INVALID_REQUEST,
      errorMessage: "MemberId can't be empty.",
      memberId: null,
    });
  });

  test('tells who cannot be served where to go, and that features can leave it out', async () => {
    const groups = new TestGroups({ isCreated: false });
    const body = { ...join, memberId: 'm' };
    const ask = () => groups.ask(handleConsumerGroupHeartbeat, apis.consumerGroupHeartbeat, 1, body);
    expect((await ask()).errorCode).toBe(errorCode.NOT_COORDINATOR);
    groups.features.set('group.version', 0);
    expect((await ask()).errorCode).toBe(errorCode.UNSUPPORTED_VERSION);
  });
});
