import { apis, encodeBatch, type RequestDraftOf } from '@nagare/protocol';
import { create, type Known, otherId, type Row, row, timeoutMs, zeroId } from './row.ts';

type Fetch = RequestDraftOf<typeof apis.fetch>;
type Partition = Fetch['topics'][number]['partitions'][number];

const topic = 'fetched';
const at = (partition: number, fetchOffset: number, more: Partial<Partition> = {}): Partition => ({
  ...{ partition, fetchOffset, partitionMaxBytes: 1_000_000 },
  ...more,
});

function fetch(
  name: string,
  partitions: readonly Partition[],
  more: Partial<Fetch> | ((known: Known) => Partial<Fetch>) = {},
  version = 12,
): Row {
  return row(name, apis.fetch, version, (known) => ({
    ...{ maxWaitMs: 0, minBytes: 1 },
    topics: partitions.length === 0 ? [] : [{ topic, partitions }],
    ...(typeof more === 'function' ? more(known) : more),
  }));
}

/** The next request of the session that was opened last. */
const next =
  (sessionEpoch: number, more: Partial<Fetch> = {}) =>
  (known: Known): Partial<Fetch> => ({
    ...{ sessionId: known.sessionId, sessionEpoch },
    ...more,
  });

const byId =
  (name: string, partition: Partition) =>
  (known: Known): Partial<Fetch> => ({
    topics: [{ topicId: known.topicIds.get(name) ?? otherId, partitions: [partition] }],
  });

function produce(value: string): Row {
  const records = encodeBatch({}, [{ timestamp: 1_790_000_000_000, key: null, value: Buffer.from(value) }]);
  return row(value, apis.produce, 9, {
    ...{ acks: -1, timeoutMs, topicData: [{ name: topic, partitionData: [{ index: 0, records }] }] },
  });
}

const sessionless: readonly Row[] = [
  // Its records are old enough to be deleted at any time.
  create('a topic to fetch', [{ name: topic, numPartitions: 3, configs: [{ name: 'retention.ms', value: '-1' }] }]),
  produce('x'),
  produce('y'),
  fetch('a partition twice', [at(0, 9), at(1, 0), at(0, 0)]),
  fetch('beyond the end', [at(0, 9)]),
  fetch('below 0', [at(0, -1)]),
  fetch('an unknown partition', [at(9, 0), at(1, 0)]),
  fetch('a leader epoch of the future', [at(0, 0, { currentLeaderEpoch: 9 })]),
  fetch('a negative leader epoch', [at(0, 0, { currentLeaderEpoch: -5 })]),
  fetch('a known last epoch', [at(0, 1, { lastFetchedEpoch: 0 })]),
  fetch('a known last epoch beyond the end', [at(0, 9, { lastFetchedEpoch: 0 })]),
  fetch('an unknown last epoch', [at(0, 1, { lastFetchedEpoch: 5 })]),
  ...[5, 1, -2].map((replicaId) => fetch(`replica ${replicaId}`, [at(0, 0)], { replicaId })),
  ...[1, 2, -1].map((isolationLevel) => fetch(`isolation ${isolationLevel}`, [at(0, 0)], { isolationLevel })),
  fetch('another cluster', [at(0, 0)], { clusterId: 'nope' }),
  fetch('0 bytes of a partition', [at(0, 0, { partitionMaxBytes: 0 })]),
  fetch('0 bytes', [at(0, 0)], { maxBytes: 0 }),
  fetch('-1 bytes', [at(0, 0)], { maxBytes: -1 }),
  fetch('by id', [], byId(topic, at(0, 0)), 13),
  fetch('by id, a leader epoch of the future', [], byId(topic, at(0, 0, { currentLeaderEpoch: 9 })), 17),
  fetch('by an unknown id', [], byId('nope', at(0, 0)), 13),
  fetch('by no id', [], { topics: [{ topicId: zeroId, partitions: [at(0, 0)] }] }, 13),
  fetch(
    'by two unknown ids',
    [],
    { topics: [otherId, zeroId].map((topicId) => ({ topicId, partitions: [at(0, 0)] })) },
    13,
  ),
  fetch(
    'by id, as a replica',
    [],
    (known) => ({ ...byId(topic, at(0, 0))(known), replicaState: { replicaId: 5 } }),
    17,
  ),
];

const sessions: readonly Row[] = [
  fetch('a session of nothing', [], { sessionEpoch: 0 }),
  fetch('the end of a session of nothing', [], next(1)),
  fetch('a session', [at(0, 0), at(1, 0), at(7, 0)], { sessionEpoch: 0 }),
  fetch('what has changed', [], next(1)),
  fetch('one more partition', [at(2, 0), at(2, 5)], next(2)),
  fetch('an old epoch', [], next(2)),
  fetch('an epoch of the future', [], next(9)),
  fetch('ids in a session of names', [], next(3), 13),
  fetch('less', [], next(3, { forgottenTopicsData: [{ topic, partitions: [0, 7, 2] }] })),
  fetch('nothing any more', [], next(4, { forgottenTopicsData: [{ topic, partitions: [1] }] })),
  fetch('a session that has ended', [], { sessionId: 77, sessionEpoch: 5 }),
  fetch('no session, and a last epoch', [at(0, 0)], { sessionId: 5, sessionEpoch: -1 }),
  fetch('epoch -2', [], { sessionEpoch: -2 }),
];

const passing: readonly Row[] = [
  create('a topic that passes', [{ name: 'passing' }]),
  fetch('a session by id', [], (known) => ({ ...byId('passing', at(0, 0))(known), sessionEpoch: 0 }), 13),
  row('it', apis.deleteTopics, 6, { timeoutMs, topics: [{ name: 'passing', topicId: zeroId }] }),
  fetch('its topic is gone', [], next(1), 13),
  create('its successor', [{ name: 'passing' }]),
  fetch('its topic is another', [], next(2), 13),
  fetch('an unknown id in a session', [], (known) => ({ ...byId('nope', at(0, 0))(known), sessionEpoch: 0 }), 13),
  fetch('an id that is still unknown', [], next(1), 13),
];

export const fetchRows: readonly Row[] = [...sessionless, ...sessions, ...passing];
