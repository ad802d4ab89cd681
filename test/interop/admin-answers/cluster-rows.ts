import { apis, type RequestDraftOf } from '@nagare/protocol';
import { create, type Row, row, timeoutMs } from './row.ts';

const levels: readonly (readonly [string, number, number])[] = [
  ...[30, 31, 6].map((level) => ['metadata.version', level, 1] as const),
  ...[1, 2, 3].map((type) => ['metadata.version', 29, type] as const),
  ['metadata.version', 24, 3],
  ...['transaction.version', 'group.version', 'eligible.leader.replicas.version', 'kraft.version', 'nope'].flatMap(
    (name) => [0, 1, 2, 3].flatMap((level) => [1, 2, 3].map((type) => [name, level, type] as const)),
  ),
  ...[-1, 1].map((level) => ['group.version', level, 1] as const),
  ...[0, 9].map((type) => ['group.version', 1, type] as const),
];

const features = levels.map(([feature, maxVersionLevel, upgradeType]) =>
  row(`${feature} ${maxVersionLevel}, type ${upgradeType}`, apis.updateFeatures, 1, {
    ...{ timeoutMs, validateOnly: true, featureUpdates: [{ feature, maxVersionLevel, upgradeType }] },
  }),
);

const quorum = [0, 1, 2].flatMap((version) => {
  const ask = (name: string, ...topics: readonly (readonly [string, ...number[]])[]) =>
    row(`v${version}, ${name}`, apis.describeQuorum, version, {
      topics: topics.map(([topicName, ...indexes]) => ({
        topicName,
        partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
      })),
    });
  return [ask('the metadata', ['__cluster_metadata', 0]), ask('another topic', ['foo', 0]), ask('nothing')];
});

type Cursor = RequestDraftOf<typeof apis.describeTopicPartitions>['cursor'];

function page(name: string, topics: readonly string[], responsePartitionLimit = 2_000, cursor: Cursor = null): Row {
  const body = { topics: topics.map((topic) => ({ name: topic })), responsePartitionLimit, cursor };
  return row(name, apis.describeTopicPartitions, 0, body);
}

const three = ['page-b', 'page-a', 'page-c'];
const at = (topicName: string, partitionIndex: number) => ({ topicName, partitionIndex });

const pages: readonly Row[] = [
  create('topics for pages', [
    { name: 'page-a', numPartitions: 3 },
    { name: 'page-b', numPartitions: 2 },
    { name: 'page-c' },
  ]),
  page('three', three),
  ...[0, 2, 3, 4].map((limit) => page(`${limit} at most`, three, limit)),
  page('from a partition', three, 2_000, at('page-a', 2)),
  page('from behind the last', three, 2_000, at('page-a', 7)),
  page('from a topic that is not asked for', three, 2_000, at('page-aa', 0)),
  page('from below 0', three, 2_000, at('page-a', -1)),
  page('unknown and illegal', ['nope', 'a b', 'page-c']),
  page('up to an unknown one', ['page-a', 'page-a1'], 3),
  page('from an unknown one', ['page-a1', 'page-b'], 2_000, at('page-a1', 5)),
  page('the metadata log', ['__cluster_metadata']),
  page('an empty name', ['', 'page-c']),
];

const asked = [{ topic: 'page-a', partitions: [0, 9] }];

const elections = [0, 1, 2].flatMap((version) =>
  [0, 1, 2].slice(0, version + 1).map((electionType) =>
    row(`v${version}, type ${electionType}`, apis.electLeaders, version, {
      ...{ timeoutMs, topicPartitions: asked },
      ...(version > 0 && { electionType }),
    }),
  ),
);

const moves: readonly (readonly [string, string, number, readonly number[] | null])[] = [
  ['to where it is', 'page-a', 0, [1]],
  ['to an unknown broker', 'page-a', 0, [2]],
  ['to one more', 'page-a', 0, [1, 2]],
  ['to a broker twice', 'page-a', 0, [1, 1]],
  ['to broker -1', 'page-a', 0, [-1]],
  ['to nowhere', 'page-a', 0, []],
  ['the end of none', 'page-a', 0, null],
  ['an unknown partition', 'page-a', 9, [1]],
  ['an unknown topic', 'nope', 0, [1]],
];

const reassignments = moves.map(([name, topic, partitionIndex, replicas]) =>
  row(name, apis.alterPartitionReassignments, 1, {
    ...{ timeoutMs, topics: [{ name: topic, partitions: [{ partitionIndex, replicas }] }] },
  }),
);

const listed = [null, [], [{ name: 'page-a', partitionIndexes: [0, 9] }]].map((topics, index) =>
  row(`list ${index}`, apis.listPartitionReassignments, 0, { timeoutMs, topics }),
);

const sizes = [1, 2, 3, 4, 5].map((version) =>
  row(`v${version}`, apis.describeLogDirs, version, {
    topics: [
      { topic: 'page-a', partitions: [0, 2, 9] },
      { topic: 'nope', partitions: [0] },
    ],
  }),
);

const clusters = [1, 2].flatMap((version) =>
  [1, 2, 3].map((endpointType) =>
    row(`v${version}, endpoint ${endpointType}`, apis.describeCluster, version, {
      ...{ includeClusterAuthorizedOperations: true, endpointType },
    }),
  ),
);

export const clusterRows: readonly Row[] = [
  ...[3, 4].map((version) =>
    row(`v${version}`, apis.apiVersions, version, { clientSoftwareName: 'x', clientSoftwareVersion: '1' }),
  ),
  ...features,
  ...quorum,
  ...pages,
  ...elections,
  row('nothing', apis.electLeaders, 2, { timeoutMs, topicPartitions: [] }),
  ...reassignments,
  row('no topics', apis.alterPartitionReassignments, 1, { timeoutMs, topics: [] }),
  ...listed,
  ...sizes,
  ...clusters,
];
