import { apis, type RequestDraftOf } from '@nagare/protocol';
import { create, type Known, otherId, type Row, row, timeoutMs } from '../admin-answers/row.ts';
import { batch, timestamp } from './batch.ts';

const topic = 'listed';
const at = (time: number) => batch(2, {}, { timestamp: timestamp + time });

const filled: readonly Row[] = [
  create('a topic to list', [
    { name: topic, numPartitions: 3, configs: [{ name: 'retention.ms', value: '-1' }] },
    { name: 'only-compacted', configs: [{ name: 'cleanup.policy', value: 'compact' }] },
  ]),
  ...[10, 30, 20, 40].map((time) =>
    row(`records of ${time}`, apis.produce, 9, {
      ...{ acks: -1, timeoutMs, topicData: [{ name: topic, partitionData: [{ index: 0, records: at(time) }] }] },
    }),
  ),
];

type List = RequestDraftOf<typeof apis.listOffsets>;
type Listed = List['topics'][number]['partitions'][number];

function list(name: string, version: number, asked: Partial<Listed> = {}, more: Partial<List> = {}): Row {
  const partitions = [{ partitionIndex: 0, timestamp: -1, ...asked }];
  return row(`${name}, v${version}`, apis.listOffsets, version, {
    ...{ replicaId: -1, topics: [{ name: topic, partitions }], ...more },
  });
}

const times = [0, 10, 11, 20, 25, 30, 31, 40, 41].map((time) => timestamp + time);
const lists: readonly Row[] = [
  ...[1, 5, 8, 11].flatMap((version) =>
    [-1, -2, -3, -4, -5, -6, -7, 0].map((time) => list(`time ${time}`, version, { timestamp: time })),
  ),
  ...times.map((time) => list(`time ${time}`, 7, { timestamp: time })),
  list('the newest time of nothing', 7, { partitionIndex: 1, timestamp: -3 }),
  list('a time in nothing', 7, { partitionIndex: 1, timestamp }),
  ...[9, -1].flatMap((partitionIndex) =>
    [1, 7].map((version) => list(`partition ${partitionIndex}`, version, { partitionIndex })),
  ),
  ...[0, 1, 9, -5].map((currentLeaderEpoch) => list(`epoch ${currentLeaderEpoch}`, 7, { currentLeaderEpoch })),
  ...[-2, -3, 1, 5].map((replicaId) => list(`replica ${replicaId}`, 7, {}, { replicaId })),
  ...[1, 2, -1].map((isolationLevel) => list(`isolation ${isolationLevel}`, 7, {}, { isolationLevel })),
  list('an unknown topic', 7, {}, { topics: [{ name: 'nope', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }),
  list('an illegal topic', 7, {}, { topics: [{ name: 'a b', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }),
  ...[1, 7].map((version) =>
    list(
      'a partition twice',
      version,
      {},
      {
        topics: [{ name: topic, partitions: [-1, -2].map((time) => ({ partitionIndex: 0, timestamp: time })) }],
      },
    ),
  ),
  list(
    'a topic twice',
    7,
    {},
    {
      topics: [0, 0].map((partitionIndex) => ({ name: topic, partitions: [{ partitionIndex, timestamp: -1 }] })),
    },
  ),
  list('nothing', 7, {}, { topics: [] }),
  list('no partition', 7, {}, { topics: [{ name: topic, partitions: [] }] }),
];

function epoch(
  name: string,
  leaderEpoch: number,
  more: { partition?: number; currentLeaderEpoch?: number; topic?: string } = {},
  version = 4,
): Row {
  const { partition = 0, currentLeaderEpoch = -1, topic: asked = topic } = more;
  return row(`${name}, v${version}`, apis.offsetForLeaderEpoch, version, {
    ...{ replicaId: -1, topics: [{ topic: asked, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }] },
  });
}

const epochs: readonly Row[] = [
  ...[2, 3, 4].flatMap((version) => [0, 1, 9, -1, -2].map((each) => epoch(`epoch ${each}`, each, {}, version))),
  ...[0, 1, 9, -5].map((currentLeaderEpoch) => epoch(`now ${currentLeaderEpoch}`, 0, { currentLeaderEpoch })),
  epoch('the epoch of nothing', 0, { partition: 1 }),
  epoch('an unknown partition', 0, { partition: 9 }),
  epoch('a partition below 0', 0, { partition: -1 }),
  epoch('an unknown topic', 0, { topic: 'nope' }),
  epoch('an illegal topic', 0, { topic: 'a b' }),
  row('nothing', apis.offsetForLeaderEpoch, 4, { topics: [] }),
];

type Fetch = RequestDraftOf<typeof apis.fetch>;

function fetch(name: string, more: Partial<Fetch> | ((known: Known) => Partial<Fetch>), version = 12): Row {
  return row(name, apis.fetch, version, (known) => ({
    ...{ maxWaitMs: 0, minBytes: 1, topics: [] },
    ...(typeof more === 'function' ? more(known) : more),
  }));
}

const from = (partition: number, fetchOffset: number, partitionMaxBytes = 1_000_000) => ({
  partition,
  fetchOffset,
  partitionMaxBytes,
});
const of = (...partitions: ReturnType<typeof from>[]): Partial<Fetch> => ({ topics: [{ topic, partitions }] });

const fetches: readonly Row[] = [
  ...[4, 5, 7, 9, 11].map((version) => fetch(`v${version}`, of(from(0, 0)), version)),
  ...[0, 1, 7, 8, 9, -1, -2, 2 ** 52].map((offset) => fetch(`offset ${offset}`, of(from(0, offset)))),
  ...[1, 80, 170, -1].map((bytes) => fetch(`${bytes} bytes of a partition`, of(from(0, 0, bytes)))),
  ...[1, 80, 170].map((maxBytes) => fetch(`${maxBytes} bytes`, { ...of(from(0, 0)), maxBytes })),
  fetch('two partitions, of which one has nothing', { ...of(from(1, 0, 1), from(0, 0, 1)), maxBytes: 1 }),
  fetch('a time to wait below 0', { ...of(from(0, 0)), maxWaitMs: -1 }),
  fetch('a time to wait', { ...of(from(1, 0)), maxWaitMs: 20 }),
  ...[0, -1, 1_000_000].map((minBytes) => fetch(`at least ${minBytes} bytes`, { ...of(from(1, 0)), minBytes })),
  fetch('something wrong ends the wait', { ...of(from(1, 0), from(0, 99)), maxWaitMs: 30_000 }),
  fetch('something unknown does not end the wait', { ...of(from(1, 0), from(9, 0)), maxWaitMs: 100 }),
  fetch('the middle of a batch', of(from(0, 5))),
  fetch('an unknown topic', { topics: [{ topic: 'nope', partitions: [from(0, 0)] }] }),
  fetch('an illegal topic', { topics: [{ topic: 'a b', partitions: [from(0, 0)] }] }),
  fetch('a rack', { ...of(from(0, 0)), rackId: 'there' }),
  fetch('forgotten without a session', { ...of(from(0, 0)), forgottenTopicsData: [{ topic, partitions: [0] }] }),
  fetch(
    'unknown and known ids',
    ({ topicIds }) => ({
      topics: [otherId, topicIds.get(topic) ?? ''].map((topicId) => ({ topicId, partitions: [from(0, 0)] })),
    }),
    16,
  ),
];

function remove(name: string, offset: number, more: { partition?: number; topic?: string } = {}): Row {
  const { partition: partitionIndex = 0, topic: asked = topic } = more;
  const topics = [{ name: asked, partitions: [{ partitionIndex, offset }] }];
  return row(name, apis.deleteRecords, 2, { timeoutMs, topics });
}

const removals: readonly Row[] = [
  remove('beyond the end', 9),
  ...[-2, -5].map((offset) => remove(`offset ${offset}`, offset)),
  remove('nothing', 0),
  remove('some', 3),
  remove('what is gone', 1),
  remove('an unknown partition', 0, { partition: 9 }),
  remove('an unknown topic', 0, { topic: 'nope' }),
  remove('a compacted topic', 0, { topic: 'only-compacted' }),
  remove('offsets of groups', 0, { topic: '__consumer_offsets' }),
  remove('states of transactions', 0, { topic: '__transaction_state' }),
  remove('the metadata log', 0, { topic: '__cluster_metadata' }),
  row('no topic', apis.deleteRecords, 2, { timeoutMs, topics: [] }),
  row('a partition twice', apis.deleteRecords, 2, {
    timeoutMs,
    topics: [{ name: topic, partitions: [4, 5].map((offset) => ({ partitionIndex: 0, offset })) }],
  }),
  list('the first that is left', 7, { timestamp: -2 }),
  list('a time of what is gone', 7, { timestamp: timestamp + 10 }),
  fetch('what is gone', of(from(0, 2))),
  fetch('what is left', of(from(0, 5))),
  remove('all', -1),
  remove('all of nothing', -1, { partition: 1 }),
  list('the newest time when all is gone', 7, { timestamp: -3 }),
  list('any time when all is gone', 7, { timestamp }),
  epoch('the epoch when all is gone', 0),
  fetch('the end', of(from(0, 8))),
];

export const listRows: readonly Row[] = [...filled, ...lists, ...epochs, ...fetches, ...removals];
