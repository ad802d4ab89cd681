import { apis } from '@nagare/protocol';
import { create, otherId, type Row, row, timeoutMs, zeroId } from './row.ts';

const manual = (...partitions: (readonly [number, readonly number[]])[]) => ({
  ...{ numPartitions: -1, replicationFactor: -1 },
  assignments: partitions.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
});

const names = ['', '.', '..', 'x'.repeat(249), 'x'.repeat(250), 'a/b', 'a\0', 'é', '../x', 'a b', '__cluster_metadata'];

const configs: readonly (readonly [string, string | null])[] = [
  ['cleanup.policy', 'compact,delete'],
  ['cleanup.policy', ''],
  ['cleanup.policy', 'none'],
  ['compression.type', 'brotli'],
  ['compression.gzip.level', '0'],
  ['compression.gzip.level', '10'],
  ['compression.lz4.level', '0'],
  ['compression.zstd.level', '23'],
  ['min.insync.replicas', '0'],
  ['segment.bytes', '1048575'],
  ['segment.bytes', '1e7'],
  ['retention.ms', '-2'],
  ['retention.ms', ''],
  ['retention.ms', ' 5 '],
  ['retention.ms', null],
  ['retention.bytes', '-2'],
  ['max.message.bytes', '-1'],
  ['message.timestamp.type', 'x'],
  ['message.format.version', '3.0'],
  ['min.cleanable.dirty.ratio', '1.1'],
  ['min.cleanable.dirty.ratio', '-0.1'],
  ['min.compaction.lag.ms', '-1'],
  ['max.compaction.lag.ms', '0'],
  ['preallocate', 'maybe'],
  ['preallocate', 'TRUE'],
  ['remote.storage.enable', 'true'],
  ['leader.replication.throttled.replicas', 'x'],
  ['leader.replication.throttled.replicas', '*'],
  ['leader.replication.throttled.replicas', '0:1,1:2'],
  ['local.retention.bytes', '-3'],
  ['flush.messages', '0'],
  ['flush.ms', '-1'],
  ['index.interval.bytes', '-1'],
  ['segment.index.bytes', '3'],
  ['segment.jitter.ms', '-1'],
  ['segment.ms', '0'],
  ['delete.retention.ms', '-1'],
  ['file.delete.delay.ms', '-1'],
  ['unclean.leader.election.enable', 'maybe'],
  ['no.such.config', '1'],
];

const created: readonly Row[] = [
  create('three partitions', [{ name: 'topics', numPartitions: 3 }]),
  create('a dot', [{ name: 'with.dots' }]),
  create('a name that collides', [{ name: 'with_dots' }]),
  ...names.map((name) => create(`name ${JSON.stringify(name.slice(0, 20))} of ${name.length}`, [{ name }], true)),
  ...configs.map(([name, value]) => create(`${name}=${value}`, [{ name: 'dry', configs: [{ name, value }] }], true)),
  create('lags that contradict', [
    {
      name: 'dry',
      configs: [
        { name: 'min.compaction.lag.ms', value: '9' },
        { name: 'max.compaction.lag.ms', value: '8' },
      ],
    },
  ]),
  ...[0, -2].map((numPartitions) => create(`${numPartitions} partitions`, [{ name: 'dry', numPartitions }])),
  ...[0, -2, 2].map((replicationFactor) =>
    create(`${replicationFactor} replicas`, [{ name: 'dry', replicationFactor }]),
  ),
  create('too many partitions', [{ name: 'dry', numPartitions: 20_000 }]),
  create('defaults', [{ name: 'defaults', numPartitions: -1, replicationFactor: -1 }]),
  create('assignments', [{ name: 'manual', ...manual([0, [1]], [1, [1]]) }]),
  create('assignments and a count', [{ name: 'dry', ...manual([0, [1]]), numPartitions: 1 }]),
  create('assignments and a factor', [{ name: 'dry', ...manual([0, [1]]), replicationFactor: 1 }]),
  create('assignments with a gap', [{ name: 'dry', ...manual([0, [1]], [2, [1]]) }]),
  create('a partition assigned twice', [{ name: 'dry', ...manual([0, [1]], [0, [1]]) }]),
  create('a replica twice', [{ name: 'dry', ...manual([0, [1, 1]]) }]),
  create('an unknown broker', [{ name: 'dry', ...manual([0, [2]]) }]),
  create('no replicas', [{ name: 'dry', ...manual([0, []]) }]),
  create('a partition below 0', [{ name: 'dry', ...manual([-1, [1]]) }]),
  create('a topic that exists', [{ name: 'topics' }]),
  create('a name twice', [{ name: 'twice' }, { name: 'twice' }, { name: 'once' }]),
  create('no topics', []),
  create('two new names that collide', [{ name: 'new.name' }, { name: 'new_name' }], true),
  create('internal.segment.bytes', [{ name: 'dry', configs: [{ name: 'internal.segment.bytes', value: '1' }] }], true),
];

type MoreRow = readonly [string, string, number, (readonly (readonly number[])[])?];

const more: readonly MoreRow[] = [
  ['as many as before', 'topics', 3],
  ['fewer', 'topics', 1],
  ['0', 'topics', 0],
  ['-1', 'topics', -1],
  ['an unknown topic', 'nope', 3],
  ['an illegal name', 'a b', 3],
  ['too few assignments', 'topics', 5, [[1]]],
  ['an unknown broker', 'topics', 4, [[2]]],
  ['a broker twice', 'topics', 4, [[1, 1]]],
  ['no broker', 'topics', 4, [[]]],
  ['no assignments', 'topics', 4, []],
  ['one more', 'topics', 4, [[1]]],
];

const grown = more.map(([name, topic, count, brokers]) => {
  const assignments = brokers?.map((brokerIds) => ({ brokerIds })) ?? null;
  return row(name, apis.createPartitions, 3, {
    ...{ timeoutMs, validateOnly: false },
    topics: [{ name: topic, count, assignments }],
  });
});

const deleted: readonly (readonly [string, readonly { name: string | null; topicId: string }[]])[] = [
  ['an unknown name', [{ name: 'nope', topicId: zeroId }]],
  ['name and id', [{ name: 'nope', topicId: otherId }]],
  ['neither name nor id', [{ name: null, topicId: zeroId }]],
  ['an unknown id', [{ name: null, topicId: otherId }]],
  ['a name twice', ['manual', 'manual'].map((name) => ({ name, topicId: zeroId }))],
  ['a name', [{ name: 'manual', topicId: zeroId }]],
  ['an illegal name', [{ name: 'a b', topicId: zeroId }]],
  ['the metadata log', [{ name: '__cluster_metadata', topicId: zeroId }]],
  ['nothing', []],
];

const metadata = [0, 1, 4, 9, 10, 12, 13].flatMap((version) => {
  const named = (...topics: string[]) => topics.map((name) => (version < 10 ? { name } : { name, topicId: zeroId }));
  const ask = (name: string, topics: ReturnType<typeof named> | null) =>
    row(`v${version}, ${name}`, apis.metadata, version, {
      topics,
      ...(version >= 4 && { allowAutoTopicCreation: false }),
    });
  return [
    ask('a topic', named('topics')),
    ask('a topic twice', named('topics', 'topics')),
    ask('illegal names', named('a b', '')),
    ask('the metadata log', named('__cluster_metadata')),
    ...(version > 0 ? [ask('none', []), ask('all', null)] : []),
    ...(version >= 4 ? [ask('an unknown topic', named('nope'))] : []),
  ];
});

const byId: readonly (readonly [string, number, string | null, string])[] = [
  ['an unknown id', 12, null, otherId],
  ['an id before version 12', 10, null, otherId],
  ['name and id before version 12', 11, 'topics', otherId],
  ['no name before version 12', 10, null, zeroId],
  ['neither name nor id', 12, null, zeroId],
];

export const topicRows: readonly Row[] = [
  ...created,
  ...grown,
  ...deleted.map(([name, topics]) => row(name, apis.deleteTopics, 6, { timeoutMs, topics })),
  ...metadata,
  ...byId.map(([name, version, topic, topicId]) =>
    row(name, apis.metadata, version, { topics: [{ name: topic, topicId }] }),
  ),
  row('operations', apis.metadata, 9, {
    ...{
      topics: [{ name: 'topics' }],
      includeTopicAuthorizedOperations: true,
      includeClusterAuthorizedOperations: true,
    },
  }),
];
