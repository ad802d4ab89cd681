import { apis, type ErrorName, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { brokerForFile } from './broker-for-file.ts';

const broker = brokerForFile({
  'group.consumer.max.size': '3',
  'group.consumer.assignment.interval.ms': '0',
  'group.initial.rebalance.delay.ms': '100',
  'offsets.topic.num.partitions': '1',
});
const topic = 'consumer-group-answers';

let wire: Wire;
let topicId = '';
let groups = 0;
const newGroup = () => `consumer-group-${++groups}`;
const nameOf = (code: number | undefined) =>
  (Object.entries(errorCode).find(([, each]) => each === code)?.[0] ?? code) as ErrorName;

beforeAll(async () => {
  wire = new Wire(broker().bootstrap);
  const created = await wire.request(apis.createTopics, 7, {
    topics: [{ name: topic, numPartitions: 4, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
  });
  topicId = created.topics[0]?.topicId ?? '';
  const isReady = async () =>
    (await wire.request(apis.findCoordinator, 2, { key: 'any', keyType: 0 })).errorCode === 0 || undefined;
  await waitFor(isReady, { what: 'the coordinator of groups', timeoutMs: 60_000 });
  const isServing = async () => (await beat({ ...join, groupId: newGroup() })).error === 'NONE' || undefined;
  await waitFor(isServing, { what: 'a first member', timeoutMs: 60_000 });
}, 180_000);

type Heartbeat = RequestDraftOf<typeof apis.consumerGroupHeartbeat>;

const join = { memberEpoch: 0, rebalanceTimeoutMs: 30_000, subscribedTopicNames: [topic], topicPartitions: [] };

/** A heartbeat, and of its answer what matters. */
async function beat(body: Partial<Heartbeat> & { groupId: string }, version = 1) {
  const answer = await wire.request(apis.consumerGroupHeartbeat, version, { memberId: 'm', memberEpoch: 0, ...body });
  const partitions = answer.assignment?.topicPartitions.flatMap((each) => [...each.partitions].sort()) ?? null;
  return { error: nameOf(answer.errorCode), message: answer.errorMessage, epoch: answer.memberEpoch, partitions };
}

const has = (...partitions: number[]) => [{ topicId, partitions }];

async function stateOf(groupId: string) {
  const body = { groupIds: [groupId], includeAuthorizedOperations: false };
  const [group] = (await wire.request(apis.consumerGroupDescribe, 1, body)).groups;
  return [nameOf(group?.errorCode), group?.groupState, group?.groupEpoch, group?.assignmentEpoch];
}

describe('ConsumerGroupHeartbeat is answered', () => {
  test.each<[string, ErrorName, Partial<Heartbeat>]>([
    ['no member id', 'INVALID_REQUEST', { memberId: '' }],
    ['no group id', 'INVALID_REQUEST', { groupId: '' }],
    ['an empty instance id', 'INVALID_REQUEST', { instanceId: '' }],
    ['an empty rack', 'INVALID_REQUEST', { rackId: '' }],
    ['no rebalance timeout', 'INVALID_REQUEST', { rebalanceTimeoutMs: -1 }],
    ['no list of partitions', 'INVALID_REQUEST', { topicPartitions: null }],
    ['no subscription', 'INVALID_REQUEST', { subscribedTopicNames: null }],
    ['an epoch that does not exist', 'INVALID_REQUEST', { memberEpoch: -3 }],
    ['a static leave without an instance', 'INVALID_REQUEST', { memberEpoch: -2 }],
    ['an assignor that does not exist', 'UNSUPPORTED_ASSIGNOR', { serverAssignor: 'sticky' }],
    ['a group that is not there', 'GROUP_ID_NOT_FOUND', { memberEpoch: 2 }],
    ['a leave from a group that is not there', 'GROUP_ID_NOT_FOUND', { memberEpoch: -1 }],
    ['a regular expression that is none', 'INVALID_REGULAR_EXPRESSION', { subscribedTopicRegex: '(' }],
    ['one that RE2 does not have', 'INVALID_REGULAR_EXPRESSION', { subscribedTopicRegex: 'a(?=b)' }],
  ])('%s: %s', async (_, error, body) => {
    const answer = await beat({ ...join, groupId: newGroup(), ...body });
    expect(answer).toMatchObject({ error, epoch: 0, partitions: null });
  });

  test('a life of two members, step by step', async () => {
    const groupId = newGroup();
    expect(await beat({ ...join, groupId })).toMatchObject({ error: 'NONE', epoch: 2, partitions: [0, 1, 2, 3] });
    expect(await beat({ groupId, memberEpoch: 2, topicPartitions: has(0, 1, 2, 3) })).toMatchObject({ epoch: 2 });
    expect(await stateOf(groupId)).toEqual(['NONE', 'Stable', 2, 2]);
    const two = { groupId, memberId: 'two' };
    expect(await beat({ ...join, ...two })).toMatchObject({ error: 'NONE', epoch: 3, partitions: [] });
    expect(await stateOf(groupId)).toEqual(['NONE', 'Reconciling', 3, 3]);
    const told = await beat({ groupId, memberEpoch: 2 });
    expect([told.epoch, told.partitions?.length]).toEqual([2, 2]);
    const kept = told.partitions ?? [];
    expect(await beat({ ...two, memberEpoch: 3 })).toMatchObject({ epoch: 3, partitions: null });
    expect(await beat({ groupId, memberEpoch: 2, topicPartitions: has(...kept) })).toMatchObject({ epoch: 3 });
    const given = await beat({ ...two, memberEpoch: 3 });
    expect([...kept, ...(given.partitions ?? [])].sort()).toEqual([0, 1, 2, 3]);
    expect(await stateOf(groupId)).toEqual(['NONE', 'Stable', 3, 3]);
    expect(await beat({ groupId, memberEpoch: -1 })).toMatchObject({ error: 'NONE', epoch: -1 });
    const all = await beat({ ...two, memberEpoch: 3, topicPartitions: has(...(given.partitions ?? [])) });
    expect([all.epoch, all.partitions]).toEqual([4, [0, 1, 2, 3]]);
    expect(await beat({ ...two, memberEpoch: -1 })).toMatchObject({ error: 'NONE', epoch: -1 });
    // Later versions of Kafka than 4.3 have the target follow when the group is empty, and so have we.
    expect((await stateOf(groupId)).slice(0, 3)).toEqual(['NONE', 'Empty', 5]);
  });

  test('epochs that are not the member’s own: FENCED_MEMBER_EPOCH, unless the last answer may be lost', async () => {
    const groupId = newGroup();
    await beat({ ...join, groupId });
    await beat({ ...join, groupId, memberId: 'two' });
    const kept = (await beat({ groupId, memberEpoch: 2 })).partitions ?? [];
    await beat({ groupId, memberEpoch: 2, topicPartitions: has(...kept) });
    expect((await beat({ groupId, memberEpoch: 4 })).error).toBe('FENCED_MEMBER_EPOCH');
    expect((await beat({ groupId, memberEpoch: 2 })).error).toBe('FENCED_MEMBER_EPOCH');
    expect((await beat({ groupId, memberEpoch: 2, topicPartitions: has(0, 1, 2, 3) })).error).toBe(
      'FENCED_MEMBER_EPOCH',
    );
    const lost = await beat({ groupId, memberEpoch: 2, topicPartitions: has(...kept) });
    expect([lost.error, lost.epoch]).toEqual(['NONE', 3]);
    expect((await beat({ groupId, memberId: 'three', memberEpoch: 3 })).error).toBe('UNKNOWN_MEMBER_ID');
    expect(await beat({ ...join, groupId })).toMatchObject({ error: 'NONE', epoch: 3, partitions: kept });
  });

  test('a static member that goes for now, comes back and is fenced under its old id', async () => {
    const groupId = newGroup();
    const one = { groupId, memberId: 'one', instanceId: 'i' };
    expect(await beat({ ...join, ...one })).toMatchObject({ error: 'NONE', epoch: 2 });
    const two = { ...one, memberId: 'two' };
    expect((await beat({ ...join, ...two })).error).toBe('UNRELEASED_INSTANCE_ID');
    expect(await beat({ ...one, memberEpoch: -2 })).toMatchObject({ error: 'NONE', epoch: -2 });
    expect(await beat({ ...join, ...two })).toMatchObject({ error: 'NONE', epoch: 2, partitions: [0, 1, 2, 3] });
    expect((await beat({ ...one, memberEpoch: 2 })).error).toBe('FENCED_INSTANCE_ID');
    expect((await beat({ ...one, memberEpoch: -1 })).error).toBe('FENCED_INSTANCE_ID');
    expect((await beat({ ...two, instanceId: 'j', memberEpoch: 2 })).error).toBe('UNKNOWN_MEMBER_ID');
  });

  test('one member too many: GROUP_MAX_SIZE_REACHED', async () => {
    const groupId = newGroup();
    for (const memberId of ['1', '2', '3']) expect((await beat({ ...join, groupId, memberId })).error).toBe('NONE');
    expect((await beat({ ...join, groupId, memberId: '4' })).error).toBe('GROUP_MAX_SIZE_REACHED');
  });
});

test('A group goes by configs of its own', async () => {
  const groupId = newGroup();
  const configs = [{ name: 'consumer.heartbeat.interval.ms', configOperation: 0, value: '6000' }];
  const resources = [{ resourceType: 32, resourceName: groupId, configs }];
  const altered = await wire.request(apis.incrementalAlterConfigs, 1, { resources, validateOnly: false });
  expect(nameOf(altered.responses[0]?.errorCode)).toBe('NONE');
  const intervalOf = async (id: string) => {
    const body = { ...join, groupId: id, memberId: 'm' };
    return (await wire.request(apis.consumerGroupHeartbeat, 1, body)).heartbeatIntervalMs;
  };
  expect([await intervalOf(groupId), await intervalOf(newGroup())]).toEqual([6_000, 5_000]);
});

describe('Offsets of consumer groups', () => {
  async function commit(body: Partial<RequestDraftOf<typeof apis.offsetCommit>>, version = 9): Promise<ErrorName> {
    const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }];
    const whole = { groupId: '', generationIdOrMemberEpoch: -1, memberId: '', topics: [{ name: topic, partitions }] };
    const { topics } = await wire.request(apis.offsetCommit, version, { ...whole, ...body });
    return nameOf(topics[0]?.partitions[0]?.errorCode);
  }

  test('are committed by members in their epoch, with version 9', async () => {
    const groupId = newGroup();
    await beat({ ...join, groupId });
    const member = { groupId, memberId: 'm', generationIdOrMemberEpoch: 2 };
    expect(await commit(member)).toBe('NONE');
    expect(await commit({ ...member, generationIdOrMemberEpoch: 3 })).toBe('STALE_MEMBER_EPOCH');
    expect(await commit({ ...member, memberId: 'other' })).toBe('UNKNOWN_MEMBER_ID');
    expect(await commit(member, 8)).toBe('UNSUPPORTED_VERSION');
    expect(await commit({ groupId })).toBe('UNKNOWN_MEMBER_ID');
  });

  test('are fetched by members in their epoch, and by who does not say who it is', async () => {
    const groupId = newGroup();
    await beat({ ...join, groupId });
    const fetch = async (memberId: string | null, memberEpoch: number) => {
      const body = { groups: [{ groupId, memberId, memberEpoch, topics: null }], requireStable: false };
      return nameOf((await wire.request(apis.offsetFetch, 9, body)).groups[0]?.errorCode);
    };
    expect([await fetch('m', 2), await fetch(null, -1)]).toEqual(['NONE', 'NONE']);
    expect([await fetch('m', 3), await fetch('other', 2)]).toEqual(['STALE_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID']);
  });

  test('are not deleted while a member subscribes to their topic, nor is their group', async () => {
    const groupId = newGroup();
    await beat({ ...join, groupId });
    const topics = [{ name: topic, partitions: [{ partitionIndex: 0 }] }];
    const deleted = await wire.request(apis.offsetDelete, 0, { groupId, topics });
    expect(nameOf(deleted.topics[0]?.partitions[0]?.errorCode)).toBe('GROUP_SUBSCRIBED_TO_TOPIC');
    const erase = async () =>
      nameOf((await wire.request(apis.deleteGroups, 2, { groupsNames: [groupId] })).results[0]?.errorCode);
    expect(await erase()).toBe('NON_EMPTY_GROUP');
    await beat({ groupId, memberEpoch: -1 });
    expect(await erase()).toBe('NONE');
    expect(await stateOf(groupId)).toEqual(['GROUP_ID_NOT_FOUND', '', 0, 0]);
  });
});

test('A client of the classic protocol lives in a consumer group, and has it for itself in the end', async () => {
  const groupId = newGroup();
  const metadata = Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]),
    Buffer.from(topic),
    Buffer.alloc(4, 255),
  ]);
  const joinClassic = (memberId: string) =>
    wire.request(apis.joinGroup, 5, {
      ...{ groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, memberId, protocolType: 'consumer' },
      protocols: [{ name: 'range', metadata }],
    });
  const heartbeat = async (memberId: string, generationId: number) =>
    nameOf((await wire.request(apis.heartbeat, 3, { groupId, memberId, generationId })).errorCode);
  await beat({ ...join, groupId });
  const { errorCode: code, memberId } = await joinClassic('');
  expect(nameOf(code)).toBe('MEMBER_ID_REQUIRED');
  const joined = await joinClassic(memberId);
  expect([nameOf(joined.errorCode), joined.generationId, joined.leader, joined.members]).toEqual(['NONE', 3, '', []]);
  const kept = (await beat({ groupId, memberEpoch: 2 })).partitions ?? [];
  expect(await heartbeat(memberId, 3)).toBe('NONE');
  await beat({ groupId, memberEpoch: 2, topicPartitions: has(...kept) });
  expect(await heartbeat(memberId, 3)).toBe('REBALANCE_IN_PROGRESS');
  expect((await joinClassic(memberId)).generationId).toBe(3);
  const sync = { groupId, generationId: 3, memberId, assignments: [], protocolType: 'consumer', protocolName: 'range' };
  const synced = await wire.request(apis.syncGroup, 5, sync);
  expect([nameOf(synced.errorCode), synced.assignment.length > 0]).toEqual(['NONE', true]);
  expect(await heartbeat(memberId, 3)).toBe('NONE');
  await beat({ groupId, memberEpoch: -1 });
  await waitFor(async () => (await heartbeat(memberId, 3)) === 'REBALANCE_IN_PROGRESS' || undefined, {
    what: 'a downgrade',
  });
  const alone = await joinClassic(memberId);
  expect([nameOf(alone.errorCode), alone.generationId, alone.leader]).toEqual(['NONE', 4, memberId]);
  expect(await stateOf(groupId)).toEqual(['GROUP_ID_NOT_FOUND', '', 0, 0]);
});
