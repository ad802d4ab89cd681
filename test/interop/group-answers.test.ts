import { apis, type ErrorName, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { brokerForFile } from './broker-for-file.ts';

const broker = brokerForFile({
  'group.max.size': '2',
  'group.initial.rebalance.delay.ms': '100',
  'offsets.topic.num.partitions': '1',
});
const topic = 'group-answers';
/** A subscription to `group-answers` in version 0 of the consumer protocol, with one that names nothing. */
const subscription = Buffer.concat([
  Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]),
  Buffer.from(topic),
  Buffer.from([0xff, 0xff, 0xff, 0xff]),
]);

let wire: Wire;
let groups = 0;
const newGroup = () => `group-${++groups}`;
const nameOf = (code: number | undefined) =>
  (Object.entries(errorCode).find(([, each]) => each === code)?.[0] ?? code) as ErrorName;

beforeAll(async () => {
  wire = new Wire(broker().bootstrap);
  await wire.request(apis.createTopics, 5, {
    topics: [{ name: topic, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
  });
  const isReady = async (keyType: number) =>
    (await wire.request(apis.findCoordinator, 2, { key: 'any', keyType })).errorCode === 0 || undefined;
  await waitFor(() => isReady(0), { what: 'the coordinator of groups', timeoutMs: 60_000 });
  await waitFor(() => isReady(1), { what: 'the coordinator of transactions', timeoutMs: 60_000 });
  const groupId = newGroup();
  await waitFor(async () => ((await commit({ groupId })) === 'NONE' ? true : undefined), { what: 'a first commit' });
}, 180_000);

type Join = RequestDraftOf<typeof apis.joinGroup>;

function join(body: Partial<Join> & { groupId: string }, version = 5, connection = wire) {
  const protocols = [{ name: 'range', metadata: subscription }];
  const whole = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 20_000, memberId: '', protocolType: 'consumer' };
  return connection.request(apis.joinGroup, version, { ...whole, protocols, ...body });
}

async function joinError(body: Partial<Join> & { groupId: string }, version = 5): Promise<ErrorName> {
  return nameOf((await join(body, version)).errorCode);
}

async function sync(body: Partial<RequestDraftOf<typeof apis.syncGroup>> & { groupId: string }): Promise<ErrorName> {
  const whole = { generationId: 1, memberId: 'm', assignments: [], protocolType: 'consumer', protocolName: 'range' };
  return nameOf((await wire.request(apis.syncGroup, 5, { ...whole, ...body })).errorCode);
}

async function heartbeat(groupId: string, memberId: string, generationId: number, instance: string | null = null) {
  const body = { groupId, memberId, generationId, groupInstanceId: instance };
  return nameOf((await wire.request(apis.heartbeat, 3, body)).errorCode);
}

type Commit = Partial<RequestDraftOf<typeof apis.offsetCommit>> & { groupId: string };

async function commit(body: Commit, version = 8, partition = 0, metadata: string | null = null): Promise<ErrorName> {
  const partitions = [{ partitionIndex: partition, committedOffset: 5, committedMetadata: metadata }];
  const whole = { generationIdOrMemberEpoch: -1, memberId: '', topics: [{ name: topic, partitions }] };
  const { topics } = await wire.request(apis.offsetCommit, version, { ...whole, ...body });
  return nameOf(topics[0]?.partitions[0]?.errorCode);
}

/** A member that has joined a group of its own, before or after it has its assignment. */
async function member(options: { isSynced: boolean; groupInstanceId?: string; groupId?: string }) {
  const { isSynced, groupInstanceId = null, groupId = newGroup() } = options;
  let joined = await join({ groupId, groupInstanceId });
  if (joined.errorCode === errorCode.MEMBER_ID_REQUIRED) joined = await join({ groupId, memberId: joined.memberId });
  const { memberId, generationId } = joined;
  const assignments = [{ memberId, assignment: Buffer.from('a') }];
  if (isSynced) expect(await sync({ groupId, memberId, generationId, groupInstanceId, assignments })).toBe('NONE');
  return { groupId, memberId, generationId };
}

/** Has a second member join, whose answer waits for the first: the group prepares a rebalance. */
async function disturb(groupId: string): Promise<Disposable> {
  const second = new Wire(broker().bootstrap);
  const { memberId } = await join({ groupId }, 5, second);
  void join({ groupId, memberId }, 5, second);
  await waitFor(async () => ((await stateOf(groupId)) === 'PreparingRebalance' ? true : undefined), {
    what: 'a rebalance',
  });
  return second;
}

async function stateOf(groupId: string): Promise<string | undefined> {
  return (await wire.request(apis.describeGroups, 5, { groups: [groupId] })).groups[0]?.groupState;
}

describe('JoinGroup is answered', () => {
  test.each<[string, ErrorName, Partial<Join>]>([
    ['an empty group id', 'INVALID_GROUP_ID', { groupId: '' }],
    ['a session that is too short', 'INVALID_SESSION_TIMEOUT', { sessionTimeoutMs: 5_999 }],
    ['a session that is too long', 'INVALID_SESSION_TIMEOUT', { sessionTimeoutMs: 1_800_001 }],
    ['a member of a group that is not there', 'UNKNOWN_MEMBER_ID', { memberId: 'm' }],
    ['a first join without a member id', 'MEMBER_ID_REQUIRED', {}],
    ['no protocols', 'INCONSISTENT_GROUP_PROTOCOL', { protocols: [] }],
    ['no protocol type', 'INCONSISTENT_GROUP_PROTOCOL', { protocolType: '' }],
  ])('%s: %s', async (_, error, body) => {
    expect(await joinError({ groupId: newGroup(), ...body })).toBe(error);
  });

  test.each<[string, ErrorName, Partial<Join>]>([
    ['a member id that is nobody', 'UNKNOWN_MEMBER_ID', { memberId: 'm' }],
    ['an instance that is nobody', 'UNKNOWN_MEMBER_ID', { memberId: 'm', groupInstanceId: 'i' }],
    [
      'protocols that the others do not have',
      'INCONSISTENT_GROUP_PROTOCOL',
      { protocols: [{ name: 'x', metadata: subscription }] },
    ],
    ['another protocol type', 'INCONSISTENT_GROUP_PROTOCOL', { protocolType: 'connect' }],
  ])('%s in a stable group: %s', async (_, error, body) => {
    const { groupId } = await member({ isSynced: true });
    expect(await joinError({ groupId, ...body })).toBe(error);
  });

  test('one member too many: GROUP_MAX_SIZE_REACHED', async () => {
    const { groupId, memberId } = await member({ isSynced: true });
    using second = await disturb(groupId);
    await join({ groupId, memberId });
    expect(second).toBeDefined();
    expect(await joinError({ groupId }, 3)).toBe('GROUP_MAX_SIZE_REACHED');
  });

  test('a static member whose instance has been taken over: FENCED_INSTANCE_ID', async () => {
    const old = await member({ isSynced: true, groupInstanceId: 'i' });
    const { groupId } = old;
    const next = await join({ groupId, groupInstanceId: 'i' });
    expect([nameOf(next.errorCode), next.generationId, next.leader]).toEqual(['NONE', 1, old.memberId]);
    expect(await joinError({ groupId, groupInstanceId: 'i', memberId: old.memberId })).toBe('FENCED_INSTANCE_ID');
    expect(await heartbeat(groupId, old.memberId, 1, 'i')).toBe('FENCED_INSTANCE_ID');
    expect(await heartbeat(groupId, next.memberId, 1, 'i')).toBe('NONE');
    const third = await join({ groupId, groupInstanceId: 'i' }, 9);
    expect([third.skipAssignment, third.leader === third.memberId, third.members.length]).toEqual([true, true, 1]);
  });
});

describe('SyncGroup and Heartbeat are answered', () => {
  test('a group or a member that is not there', async () => {
    const groupId = newGroup();
    expect([await sync({ groupId: '' }), await heartbeat('', 'm', 1)]).toEqual(Array(2).fill('INVALID_GROUP_ID'));
    expect([await sync({ groupId }), await heartbeat(groupId, 'm', 1)]).toEqual(Array(2).fill('UNKNOWN_MEMBER_ID'));
    const { groupId: known } = await member({ isSynced: true });
    expect([await sync({ groupId: known }), await heartbeat(known, 'm', 1)]).toEqual(
      Array(2).fill('UNKNOWN_MEMBER_ID'),
    );
  });

  test('another generation, another protocol', async () => {
    const { groupId, memberId, generationId } = await member({ isSynced: true });
    const other = { groupId, memberId, generationId: generationId + 1 };
    expect(await sync(other)).toBe('ILLEGAL_GENERATION');
    expect(await heartbeat(groupId, memberId, generationId + 1)).toBe('ILLEGAL_GENERATION');
    expect(await sync({ groupId, memberId, generationId, protocolName: 'x' })).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(await sync({ groupId, memberId, generationId, protocolType: 'x' })).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(await sync({ groupId, memberId, generationId, protocolType: null })).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  test('before the assignment and during a rebalance', async () => {
    const { groupId, memberId, generationId } = await member({ isSynced: false });
    expect(await stateOf(groupId)).toBe('CompletingRebalance');
    expect(await heartbeat(groupId, memberId, generationId)).toBe('NONE');
    using _second = await disturb(groupId);
    expect(await heartbeat(groupId, memberId, generationId)).toBe('REBALANCE_IN_PROGRESS');
    expect(await sync({ groupId, memberId, generationId })).toBe('REBALANCE_IN_PROGRESS');
  });
});

describe('LeaveGroup is answered', () => {
  const leave = async (groupId: string, ...members: { memberId: string; groupInstanceId?: string | null }[]) => {
    const answer = await wire.request(apis.leaveGroup, 4, { groupId, members });
    return [answer.errorCode, ...answer.members.map((each) => each.errorCode)].map(nameOf);
  };

  test('strangers, static members and an id that was never used', async () => {
    expect(await leave(newGroup(), { memberId: 'm' })).toEqual(['NONE', 'UNKNOWN_MEMBER_ID']);
    expect(await leave('', { memberId: 'm' })).toEqual(['INVALID_GROUP_ID']);
    const { groupId, memberId } = await member({ isSynced: true, groupInstanceId: 'i' });
    const strangers = [
      { memberId: 'm' },
      { memberId: 'm', groupInstanceId: 'i' },
      { memberId: '', groupInstanceId: 'j' },
    ];
    expect(await leave(groupId, ...strangers)).toEqual([
      ...['NONE', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID', 'UNKNOWN_MEMBER_ID'],
    ]);
    expect(await stateOf(groupId)).toBe('Stable');
    const pending = await join({ groupId });
    expect(await leave(groupId, { memberId: pending.memberId })).toEqual(['NONE', 'NONE']);
    expect(await stateOf(groupId)).toBe('PreparingRebalance');
    expect(await leave(groupId, { memberId: '', groupInstanceId: 'i' })).toEqual(['NONE', 'NONE']);
    expect(await heartbeat(groupId, memberId, 1)).toBe('UNKNOWN_MEMBER_ID');
    expect(await stateOf(groupId)).toBe('Empty');
  });
});

describe('OffsetCommit is answered', () => {
  test('who is no member', async () => {
    const groupId = newGroup();
    const asMember = { groupId, memberId: 'm', generationIdOrMemberEpoch: 1 };
    expect(await commit(asMember, 8)).toBe('ILLEGAL_GENERATION');
    expect(await commit(asMember, 9)).toBe('GROUP_ID_NOT_FOUND');
    expect(await commit({ groupId })).toBe('NONE');
    expect(await commit(asMember, 9)).toBe('UNKNOWN_MEMBER_ID');
  });

  test('members and strangers of a stable group', async () => {
    const { groupId, memberId, generationId } = await member({ isSynced: true });
    expect(await commit({ groupId })).toBe('UNKNOWN_MEMBER_ID');
    expect(await commit({ groupId, memberId, generationIdOrMemberEpoch: generationId })).toBe('NONE');
    expect(await commit({ groupId, memberId, generationIdOrMemberEpoch: 9 })).toBe('ILLEGAL_GENERATION');
    expect(await commit({ groupId, memberId: 'm', generationIdOrMemberEpoch: 1 })).toBe('UNKNOWN_MEMBER_ID');
    const fenced = { groupId, memberId, generationIdOrMemberEpoch: generationId, groupInstanceId: 'i' };
    expect(await commit(fenced)).toBe('UNKNOWN_MEMBER_ID');
    expect(await commit({ groupId, memberId: 'm', generationIdOrMemberEpoch: 1 }, 8, 7)).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION',
    );
  });

  test('a member before its assignment, and during a rebalance', async () => {
    const { groupId, memberId, generationId } = await member({ isSynced: false });
    const body = { groupId, memberId, generationIdOrMemberEpoch: generationId };
    expect(await commit(body)).toBe('REBALANCE_IN_PROGRESS');
    using _second = await disturb(groupId);
    expect(await commit(body)).toBe('NONE');
  });

  test('long metadata, and partitions that are not there', async () => {
    const groupId = newGroup();
    expect(await commit({ groupId }, 8, 0, 'x'.repeat(4_096))).toBe('NONE');
    expect(await commit({ groupId }, 8, 0, 'x'.repeat(4_097))).toBe('OFFSET_METADATA_TOO_LARGE');
    expect(await commit({ groupId }, 8, 2)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await commit({ groupId: '' })).toBe('NONE');
  });
});

describe('groups are described, listed and deleted', () => {
  const deleteGroups = async (...groupsNames: string[]) => {
    const { results } = await wire.request(apis.deleteGroups, 2, { groupsNames });
    return results.map((each) => nameOf(each.errorCode));
  };
  const deleteOffset = async (groupId: string, name = topic, partitionIndex = 0) => {
    const topics = [{ name, partitions: [{ partitionIndex }] }];
    const answer = await wire.request(apis.offsetDelete, 0, { groupId, topics });
    return nameOf(answer.errorCode || answer.topics[0]?.partitions[0]?.errorCode);
  };

  test('with members, without, and when they are not there', async () => {
    const { groupId } = await member({ isSynced: true });
    const empty = newGroup();
    await commit({ groupId: empty });
    const missing = newGroup();
    expect(await deleteOffset(groupId)).toBe('GROUP_SUBSCRIBED_TO_TOPIC');
    expect(await deleteOffset(groupId, topic, 7)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await deleteOffset(groupId, 'no-such-topic')).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await deleteOffset(empty, topic, 1)).toBe('NONE');
    expect(await deleteOffset(missing)).toBe('GROUP_ID_NOT_FOUND');
    expect(await deleteOffset('')).toBe('INVALID_GROUP_ID');
    expect(await stateOf(missing)).toBe('Dead');
    const { groups: described } = await wire.request(apis.describeGroups, 6, { groups: [missing, empty] });
    expect(described.map((each) => [nameOf(each.errorCode), each.groupState, each.errorMessage])).toEqual([
      ['GROUP_ID_NOT_FOUND', 'Dead', `Group ${missing} not found.`],
      ['NONE', 'Empty', null],
    ]);
    expect((await deleteGroups(groupId, empty, empty, missing)).sort()).toEqual(
      ['NON_EMPTY_GROUP', 'NONE', 'GROUP_ID_NOT_FOUND'].sort(),
    );
    expect(await stateOf(empty)).toBe('Dead');
  });

  test('by state and by type', async () => {
    const { groupId } = await member({ isSynced: true });
    const simple = newGroup();
    await commit({ groupId: simple });
    const list = async (filter: { statesFilter?: string[]; typesFilter?: string[] }) => {
      const { groups: listed } = await wire.request(apis.listGroups, 5, filter);
      const mine = listed.filter((each) => [groupId, simple].includes(each.groupId));
      return mine.map((each) => [each.groupId, each.protocolType, each.groupState, each.groupType]);
    };
    const stable = [groupId, 'consumer', 'Stable', 'classic'];
    const empty = [simple, '', 'Empty', 'classic'];
    expect((await list({})).sort()).toEqual([stable, empty].sort());
    expect(await list({ statesFilter: ['stable'] })).toEqual([stable]);
    expect(await list({ statesFilter: ['Empty', 'Dead'], typesFilter: ['CLASSIC'] })).toEqual([empty]);
    expect(await list({ typesFilter: ['consumer'] })).toEqual([]);
    expect(await list({ typesFilter: ['nonsense'] })).toEqual([]);
  });
});

describe('offsets in a transaction are answered', () => {
  const init = async (transactionalId: string) => {
    const body = { transactionalId, transactionTimeoutMs: 30_000 };
    const answer = await waitFor(
      async () => {
        const each = await wire.request(apis.initProducerId, 4, body);
        return each.errorCode === 0 ? each : undefined;
      },
      { what: 'a producer id', timeoutMs: 60_000 },
    );
    return { transactionalId, producerId: answer.producerId, producerEpoch: answer.producerEpoch };
  };
  type StagedCommit = Partial<RequestDraftOf<typeof apis.txnOffsetCommit>> & { groupId: string };
  type Identity = Awaited<ReturnType<typeof init>>;
  const addGroup = async (identity: Identity, groupId: string) =>
    nameOf((await wire.request(apis.addOffsetsToTxn, 3, { ...identity, groupId })).errorCode);
  const stage = async (identity: Identity, body: StagedCommit, version = 3) => {
    const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: null }];
    const whole = { ...identity, topics: [{ name: topic, partitions }], ...body };
    const { topics } = await wire.request(apis.txnOffsetCommit, version, whole);
    return nameOf(topics[0]?.partitions[0]?.errorCode);
  };
  const end = async (identity: Identity, committed: boolean) =>
    nameOf((await wire.request(apis.endTxn, 3, { ...identity, committed })).errorCode);
  const offset = async (groupId: string, requireStable = true) => {
    const asked = [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }];
    const { groups: answered } = await wire.request(apis.offsetFetch, 8, { groups: asked, requireStable });
    const partition = answered[0]?.topics[0]?.partitions[0];
    return [nameOf(partition?.errorCode), partition?.committedOffset];
  };
  const settled = (groupId: string) =>
    waitFor(
      async () => {
        const [error, value] = await offset(groupId);
        return error === 'NONE' ? value : undefined;
      },
      { what: 'a stable offset' },
    );

  test('as unstable until it ends, by its outcome afterwards', async () => {
    const identity = await init('answers-outcome');
    const groupId = newGroup();
    expect(await addGroup(identity, groupId)).toBe('NONE');
    expect(await stage(identity, { groupId })).toBe('NONE');
    expect(await offset(groupId)).toEqual(['UNSTABLE_OFFSET_COMMIT', -1]);
    expect(await offset(groupId, false)).toEqual(['NONE', -1]);
    expect(await end(identity, true)).toBe('NONE');
    expect(await settled(groupId)).toBe(7);
  });

  test('plainly committed offsets that came later win', async () => {
    const identity = await init('answers-order');
    const groupId = newGroup();
    await addGroup(identity, groupId);
    await stage(identity, { groupId });
    expect(await commit({ groupId })).toBe('NONE');
    await end(identity, true);
    expect(await settled(groupId)).toBe(5);
  });

  test('a group that was deleted meanwhile has none', async () => {
    const identity = await init('answers-deleted');
    const groupId = newGroup();
    await addGroup(identity, groupId);
    await stage(identity, { groupId });
    const { results } = await wire.request(apis.deleteGroups, 2, { groupsNames: [groupId] });
    expect(nameOf(results[0]?.errorCode)).toBe('NONE');
    await end(identity, true);
    expect(await settled(groupId)).toBe(-1);
    expect(await stateOf(groupId)).toBe('Dead');
  });

  test('strangers, stale generations and fenced instances', async () => {
    const identity = await init('answers-members');
    const { groupId, memberId, generationId } = await member({ isSynced: true, groupInstanceId: 'i' });
    await addGroup(identity, groupId);
    const whole = { groupId, memberId, generationIdOrMemberEpoch: generationId, groupInstanceId: 'i' };
    expect(await stage(identity, whole)).toBe('NONE');
    expect(await stage(identity, { groupId })).toBe('NONE');
    expect(await stage(identity, { ...whole, memberId: 'm', groupInstanceId: null })).toBe('UNKNOWN_MEMBER_ID');
    expect(await stage(identity, { ...whole, generationIdOrMemberEpoch: 7 })).toBe('ILLEGAL_GENERATION');
    expect(await stage(identity, { ...whole, memberId: 'm' })).toBe('FENCED_INSTANCE_ID');
    const missing = newGroup();
    await addGroup(identity, missing);
    expect(await stage(identity, { ...whole, groupId: missing })).toBe('ILLEGAL_GENERATION');
    expect(await stage(identity, { groupId: '' })).toBe('INVALID_GROUP_ID');
    await end(identity, false);
  });

  test('producers that are fenced, unknown, or have not added the group', async () => {
    const old = await init('answers-fenced');
    const groupId = newGroup();
    expect(await stage(old, { groupId })).toBe('INVALID_TXN_STATE');
    await addGroup(old, groupId);
    expect(await stage(old, { groupId })).toBe('NONE');
    const next = await init('answers-fenced');
    expect(next.producerId).toBe(old.producerId);
    expect(await stage(old, { groupId })).toBe('INVALID_PRODUCER_EPOCH');
    expect(await stage({ ...next, transactionalId: 'answers-nobody' }, { groupId })).toBe(
      'INVALID_PRODUCER_ID_MAPPING',
    );
    expect(await settled(groupId)).toBe(-1);
  });
});
