import { apis, type RequestDraftOf } from '@nagare/protocol';
import { create, otherId, type Row, row } from '../admin-answers/row.ts';

const topic = 'grouped';

type Join = RequestDraftOf<typeof apis.joinGroup>;

const joins: readonly (readonly [string, Partial<Join>])[] = [
  ['no group', { groupId: '' }],
  ['a session that is too short', { sessionTimeoutMs: 5_999 }],
  ['a session that is too long', { sessionTimeoutMs: 1_800_001 }],
  ['a session below 0', { sessionTimeoutMs: -1 }],
  ['an unknown member', { memberId: 'm' }],
  ['no member', {}],
  ['no protocols', { protocols: [] }],
  ['no type of protocol', { protocolType: '' }],
];

const joined = joins.flatMap(([name, body]) =>
  [0, 4, 5, 9].map((version) =>
    // Before version 4 a member without an id joins at once: its answer tells what it has joined.
    row(`${name}, v${version}`, apis.joinGroup, version, {
      ...{ groupId: `joined-${name}-${version}`, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '' },
      ...{ protocolType: 'consumer', protocols: [{ name: 'range', metadata: Buffer.from('x') }], ...body },
    }),
  ),
);

const groups = ['', 'nope'];
const sessions: readonly Row[] = groups.flatMap((groupId) => [
  ...[0, 3, 5].map((version) =>
    row(`"${groupId}", v${version}`, apis.syncGroup, version, {
      ...{ groupId, generationId: 1, memberId: 'm', assignments: [] },
      ...(version >= 5 && { protocolType: 'consumer', protocolName: 'range' }),
    }),
  ),
  ...[0, 4].map((version) =>
    row(`"${groupId}", v${version}`, apis.heartbeat, version, { groupId, generationId: 1, memberId: 'm' }),
  ),
  row(`"${groupId}", v2`, apis.leaveGroup, 2, { groupId, memberId: 'm' }),
  row(`"${groupId}", v5`, apis.leaveGroup, 5, { groupId, members: [{ memberId: 'm' }] }),
  row(`"${groupId}", nobody`, apis.leaveGroup, 5, { groupId, members: [] }),
  ...[5, 6].map((version) => row(`"${groupId}", v${version}`, apis.describeGroups, version, { groups: [groupId] })),
  row(`"${groupId}"`, apis.deleteGroups, 2, { groupsNames: [groupId] }),
  row(`"${groupId}"`, apis.offsetDelete, 0, {
    groupId,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }],
  }),
  ...[0, 1].map((version) =>
    row(`"${groupId}", v${version}`, apis.consumerGroupDescribe, version, {
      groupIds: [groupId],
      includeAuthorizedOperations: false,
    }),
  ),
]);

type Commit = RequestDraftOf<typeof apis.offsetCommit>;

function commit(name: string, body: Partial<Commit>, partition = 0, metadata: string | null = null): Row[] {
  const partitions = [{ partitionIndex: partition, committedOffset: 5, committedMetadata: metadata }];
  return [2, 8, 9].map((version) =>
    row(`${name}, v${version}`, apis.offsetCommit, version, {
      ...{ groupId: 'committed', memberId: '', topics: [{ name: topic, partitions }], ...body },
    }),
  );
}

const commits: readonly Row[] = [
  ...commit('a generation of a group that is not there', {
    groupId: 'nope',
    memberId: 'm',
    generationIdOrMemberEpoch: 3,
  }),
  ...commit('a simple group', {}),
  ...commit('a stranger', { memberId: 'm', generationIdOrMemberEpoch: 3 }),
  ...commit('a generation of nobody', { generationIdOrMemberEpoch: 3 }),
  ...commit('no group', { groupId: '' }),
  ...commit('an unknown partition', {}, 9),
  ...commit('a partition below 0', {}, -1),
  ...commit('an unknown topic', {
    topics: [{ name: 'nope', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }] }],
  }),
  ...commit('long metadata', {}, 0, 'x'.repeat(4_097)),
  ...commit('an offset below 0', {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: -5, committedMetadata: '' }] }],
  }),
  ...commit('nothing', { topics: [] }),
  row('no id, v10', apis.offsetCommit, 10, {
    ...{ groupId: 'committed', memberId: '' },
    topics: [{ topicId: otherId, partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }] }],
  }),
];

const asked = [
  { name: topic, partitionIndexes: [0, 9] },
  { name: 'nope', partitionIndexes: [0] },
];

const fetched: readonly Row[] = ['', 'nope', 'committed'].flatMap((groupId) => [
  ...[1, 2, 5, 7].map((version) =>
    row(`"${groupId}", v${version}`, apis.offsetFetch, version, { groupId, topics: asked }),
  ),
  row(`all of "${groupId}", v7`, apis.offsetFetch, 7, { groupId, topics: null }),
  ...[8, 9].map((version) =>
    row(`"${groupId}", v${version}`, apis.offsetFetch, version, { groups: [{ groupId, topics: asked }] }),
  ),
  row(`all of "${groupId}", v9`, apis.offsetFetch, 9, { groups: [{ groupId, topics: null }] }),
  row(`a member of "${groupId}"`, apis.offsetFetch, 9, {
    groups: [{ groupId, memberId: 'm', memberEpoch: 3, topics: null }],
  }),
  row(`an id of "${groupId}"`, apis.offsetFetch, 10, {
    groups: [{ groupId, topics: [{ topicId: otherId, partitionIndexes: [0] }] }],
  }),
]);

const found: readonly Row[] = [
  ...[-1, 2, 3, 9].flatMap((keyType) => [
    row(`type ${keyType}, v3`, apis.findCoordinator, 3, { key: 'x', keyType }),
    row(`type ${keyType}, v4`, apis.findCoordinator, 4, { keyType, coordinatorKeys: ['x'] }),
  ]),
  ...[0, 1].flatMap((keyType) => [
    row(`no key of type ${keyType}`, apis.findCoordinator, 3, { key: '', keyType }),
    row(`keys of type ${keyType}`, apis.findCoordinator, 4, { keyType, coordinatorKeys: ['', 'x', 'x'] }),
  ]),
  row('no keys', apis.findCoordinator, 4, { keyType: 0, coordinatorKeys: [] }),
];

type Beat = RequestDraftOf<typeof apis.consumerGroupHeartbeat>;

const beats: readonly (readonly [string, Partial<Beat>])[] = [
  ['no member', { memberId: '' }],
  ['no group', { groupId: '' }],
  ['an empty instance', { instanceId: '' }],
  ['an empty rack', { rackId: '' }],
  ['no time to rebalance', { rebalanceTimeoutMs: -1 }],
  ['0 to rebalance', { rebalanceTimeoutMs: 0 }],
  ['no partitions', { topicPartitions: null }],
  ['partitions of a new member', { topicPartitions: [{ topicId: otherId, partitions: [0] }] }],
  ['no topics', { subscribedTopicNames: null }],
  ['an unknown assignor', { serverAssignor: 'sticky' }],
  ['no assignor', { serverAssignor: '' }],
  ['a bad pattern', { subscribedTopicRegex: '(' }],
  ['a pattern of another kind', { subscribedTopicRegex: 'a(?=b)' }],
  ['an empty pattern', { subscribedTopicNames: null, subscribedTopicRegex: '' }],
  ...[1, -1, -2, -3].map((memberEpoch) => [`epoch ${memberEpoch}`, { memberEpoch }] as const),
  ['epoch -2 of an instance', { memberEpoch: -2, instanceId: 'i' }],
];

const beaten = beats.map(([name, body]) =>
  row(name, apis.consumerGroupHeartbeat, 1, {
    ...{ groupId: `beaten ${name}`, memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 30_000 },
    ...{ subscribedTopicNames: [topic], topicPartitions: [], ...body },
  }),
);

const listed: readonly Row[] = [
  ...[
    { statesFilter: ['nope'] },
    { statesFilter: ['Dead'] },
    { typesFilter: ['nope'] },
    { typesFilter: ['share'] },
  ].map((filter) => row(`groups ${JSON.stringify(filter)}`, apis.listGroups, 5, filter)),
];

const quotas = (
  [
    [],
    [['user', 0, 'alice']],
    [['ip', 2, null]],
    [['', 0, 'a']],
    [['group', 0, 'a']],
    [['user', 0, null]],
    [['user', 1, 'a']],
    [['user', 2, 'a']],
    [['user', 3, null]],
    [
      ['user', 0, 'a'],
      ['user', 1, null],
    ],
    [
      ['user', 0, 'a'],
      ['ip', 0, 'b'],
    ],
    [
      ['user', 0, 'a'],
      ['client-id', 1, null],
    ],
  ] as const
).map((asked) =>
  row(JSON.stringify(asked), apis.describeClientQuotas, 1, {
    ...{ components: asked.map(([entityType, matchType, match]) => ({ entityType, matchType, match })), strict: true },
  }),
);

export const groupRows: readonly Row[] = [
  create('a topic for groups', [{ name: topic, numPartitions: 2 }]),
  ...joined.filter(({ name }) => !/no member, v0/.test(name)),
  ...sessions,
  ...commits,
  ...fetched,
  ...found,
  ...beaten,
  ...listed,
  ...quotas,
];
