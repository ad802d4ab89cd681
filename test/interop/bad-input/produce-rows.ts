import { apis, type RequestDraftOf } from '@nagare/protocol';
import { create, type Known, otherId, type Row, row, timeoutMs, zeroId } from '../admin-answers/row.ts';
import { batch, lying, timestamp, withRecords } from './batch.ts';

type Produce = RequestDraftOf<typeof apis.produce>;

interface Sent {
  readonly topic?: string;
  readonly partition?: number;
  readonly version?: number;
  readonly more?: Partial<Produce> | ((known: Known) => Partial<Produce>);
}

function produce(name: string, records: Buffer | null, sent: Sent = {}): Row {
  const { topic = 'bad', partition = 0, version = 9, more = {} } = sent;
  return row(name, apis.produce, version, (known) => ({
    ...{ acks: -1, timeoutMs, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] },
    ...(typeof more === 'function' ? more(known) : more),
  }));
}

function fetch(topic: string, partition: number): Row {
  return row(`what ${topic}-${partition} has`, apis.fetch, 12, {
    ...{ maxWaitMs: 0, minBytes: 1 },
    topics: [{ topic, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
  });
}

const kept = { name: 'retention.ms', value: '-1' };
const large = Buffer.alloc(1_100_000, 'x');

const topics = create('topics for what is bad', [
  { name: 'bad', numPartitions: 4, configs: [kept] },
  { name: 'compacted', configs: [{ name: 'cleanup.policy', value: 'compact' }] },
  { name: 'small', configs: [kept, { name: 'max.message.bytes', value: '200' }] },
  {
    name: 'segments',
    configs: [kept, { name: 'max.message.bytes', value: '3000000' }, { name: 'segment.bytes', value: '1048576' }],
  },
  { name: 'recent', configs: [kept, { name: 'message.timestamp.before.max.ms', value: '3600000' }] },
  { name: 'appended', configs: [kept, { name: 'message.timestamp.type', value: 'LogAppendTime' }] },
  { name: 'times', configs: [kept] },
  { name: 'unwalked', configs: [kept] },
  { name: 'unwalked-zipped', configs: [kept, { name: 'compression.type', value: 'gzip' }] },
  { name: 'zipped', configs: [kept, { name: 'compression.type', value: 'gzip' }] },
]);

const where: readonly Row[] = [
  ...[2, -2, 1000].map((acks) => produce(`acks ${acks}`, batch(), { more: { acks } })),
  produce('acks 1', batch(), { more: { acks: 1 } }),
  produce('a negative timeout', batch(), { more: { timeoutMs: -1 } }),
  produce('an unknown topic', batch(), { topic: 'nope' }),
  produce('an illegal topic', batch(), { topic: 'a b' }),
  produce('no topic', batch(), { topic: '' }),
  ...[4, -1].map((partition) => produce(`partition ${partition}`, batch(), { partition })),
  produce('offsets of groups', batch(), { topic: '__consumer_offsets' }),
  produce('states of transactions', batch(), { topic: '__transaction_state' }),
  produce('the metadata log', batch(), { topic: '__cluster_metadata' }),
  produce('nothing', null, { more: { topicData: [] } }),
  produce('no partition', null, { more: { topicData: [{ name: 'bad', partitionData: [] }] } }),
  produce('no partition of an unknown topic', null, { more: { topicData: [{ name: 'nope', partitionData: [] }] } }),
  ...[
    ['an unknown id', otherId],
    ['no id', zeroId],
  ].map(([name, topicId = '']) =>
    produce(`${name}`, null, {
      version: 13,
      more: { topicData: [{ topicId, partitionData: [{ index: 0, records: batch() }] }] },
    }),
  ),
  ...[0, 9].map((index) =>
    produce(`partition ${index} by id`, null, {
      version: 13,
      more: ({ topicIds }) => ({
        topicData: [{ topicId: topicIds.get('bad') ?? otherId, partitionData: [{ index, records: batch() }] }],
      }),
    }),
  ),
  produce('good and bad together', null, {
    more: {
      topicData: [
        {
          name: 'bad',
          partitionData: [
            { index: 0, records: batch() },
            { index: 1, records: lying({ crc: 1 }) },
            { index: 9, records: batch() },
          ],
        },
        { name: 'nope', partitionData: [{ index: 0, records: batch() }] },
      ],
    },
  }),
  ...[3, 5, 8, 10, 11, 12].map((version) => produce(`v${version}`, batch(), { version })),
];

const bytes: readonly (readonly [string, Buffer])[] = [
  ['0 bytes', Buffer.alloc(0)],
  ['1 byte', Buffer.alloc(1)],
  ['zeros', Buffer.alloc(100)],
  ['ones', Buffer.alloc(100, 255)],
  ['17 bytes of a batch', batch().subarray(0, 17)],
  ['60 bytes of a batch', batch().subarray(0, 60)],
  ['all but one byte of a batch', batch().subarray(0, -1)],
  ['a byte behind a batch', Buffer.concat([batch(), Buffer.alloc(1)])],
  ['part of a second batch', Buffer.concat([batch(), batch().subarray(0, 70)])],
  ['two batches', Buffer.concat([batch(), batch()])],
  ['a batch and zeros', Buffer.concat([batch(), Buffer.alloc(100)])],
];

const headers: Parameters<typeof lying>[0][] = [
  ...[-1, 0, 1, 3, 127].map((magic) => ({ magic })),
  ...[-1, 0, 10, 48, 1_000, 2 ** 31 - 1].map((length) => ({ length })),
  { crc: 0 },
  ...[-1, 1, 5, 2 ** 40].map((baseOffset) => ({ baseOffset })),
  ...[-1, 0, 2, 2 ** 31 - 1].map((count) => ({ count })),
  ...[-1, 1, 2 ** 31 - 1].map((lastOffsetDelta) => ({ lastOffsetDelta })),
  { count: 0, lastOffsetDelta: 0 },
  { count: 0, lastOffsetDelta: -1 },
  ...[5, 6, 7].map((attributes) => ({ attributes })),
  { attributes: 0x08 },
  { attributes: 0x10 },
  { attributes: 0x20 },
  { attributes: 0x30 },
  { attributes: 0x40 },
  { attributes: 0x100 },
  { attributes: 0x10, producerId: 5 },
  { leaderEpoch: 77 },
  { leaderEpoch: -5 },
  { producerId: 5 },
  { producerId: 5, producerEpoch: 0 },
  { producerId: 5, baseSequence: 0 },
  { producerId: 5, producerEpoch: 0, baseSequence: -2 },
  { producerId: -5 },
  { producerEpoch: 3 },
  { baseSequence: 3 },
];

/** Times in a header that the records do not have. */
const times: Parameters<typeof lying>[0][] = [
  ...[timestamp + 5, timestamp - 5, -1].map((maxTimestamp) => ({ maxTimestamp })),
  { baseTimestamp: -5 },
];

const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

const compressed: readonly Row[] = [
  ...codecs.flatMap((compression) => [
    produce(`${compression}`, batch(3, { compression })),
    produce(`${compression} on a topic of gzip`, batch(3, { compression }), { topic: 'zipped' }),
  ]),
  ...[3, 6, 7].map((version) => produce(`zstd in v${version}`, batch(1, { compression: 'zstd' }), { version })),
];

const varints = (...values: readonly number[]) => Buffer.from(values);

/** Records that a reader can make something of. */
const odd: readonly (readonly [string, Buffer])[] = [
  ['a key of length -2', varints(12, 0, 0, 0, 3, 1, 0)],
  ['an offset delta of 7', varints(12, 0, 0, 14, 1, 1, 0)],
  ['an offset delta of -1', varints(12, 0, 0, 1, 1, 1, 0)],
  ['attributes of a record', varints(12, 5, 0, 0, 1, 1, 0)],
];

const broken: readonly (readonly [string, Buffer])[] = [
  ['no records', Buffer.alloc(0)],
  ['a record of length 0', varints(0)],
  ['a record of length -1', varints(1)],
  ['a record that is too short', varints(10, 0, 0, 0, 1)],
  ['a record that is too long', varints(40, 0, 0, 0, 1, 1, 0)],
  ['a record with a tail', varints(16, 0, 0, 0, 1, 1, 0, 9, 9)],
  ['a record behind the last', varints(12, 0, 0, 0, 1, 1, 0, 12, 0, 0, 0, 1, 1, 0)],
  ['a value beyond the record', varints(12, 0, 0, 0, 1, 90, 0)],
  ['-1 headers', varints(12, 0, 0, 0, 1, 1, 1)],
  ['99 headers of which there are none', varints(14, 0, 0, 0, 1, 1, 0xc6, 1)],
  ['a header without a key', varints(16, 0, 0, 0, 1, 1, 2, 1, 1)],
  ['a varint without an end', Buffer.alloc(11, 255)],
];

const zipped = batch(3, { compression: 'gzip' });

/** Batches of which the header and its checksum tell nothing bad, and the records do. */
const unwalked: readonly Row[] = [
  ...[{ count: 2, lastOffsetDelta: 1 }, ...[1, 2, 3, 4].map((attributes) => ({ attributes }))].map((changes) =>
    produce(`header ${JSON.stringify(changes)}`, lying(changes), { topic: 'unwalked' }),
  ),
  ...broken.map(([name, each]) => produce(name, withRecords(each), { topic: 'unwalked' })),
  ...codecs.flatMap((compression) => {
    const nonsense = withRecords(Buffer.alloc(40, 'x'), batch(1, { compression }));
    return [
      produce(`${compression} of nothing`, withRecords(Buffer.alloc(0), batch(1, { compression })), {
        topic: 'unwalked',
      }),
      produce(`${compression} of nonsense`, nonsense, { topic: 'unwalked' }),
      produce(`${compression} of nonsense on a topic of gzip`, nonsense, { topic: 'unwalked-zipped' }),
    ];
  }),
  produce('gzip cut short', withRecords(zipped.subarray(61, -12), zipped), { topic: 'unwalked' }),
];

const records: readonly Row[] = [
  ...odd.map(([name, each]) => produce(name, withRecords(each), { partition: 1 })),
  ...[...odd, ...broken].map(([name, each]) =>
    produce(`${name}, compacted`, withRecords(each), { topic: 'compacted' }),
  ),
  produce('no key, compacted', batch(1, {}, { key: null }), { topic: 'compacted' }),
  produce('no keys, compacted', batch(3, {}, { key: null }), { topic: 'compacted' }),
  produce('an empty key, compacted', batch(1, {}, { key: Buffer.alloc(0) }), { topic: 'compacted' }),
  produce('no value, compacted', batch(1, {}, { value: null }), { topic: 'compacted' }),
  produce('a null header', batch(1, {}, { headers: [{ key: 'h', value: null }] }), { partition: 1 }),
  produce('too old', batch(), { topic: 'recent' }),
  produce('no time at all', batch(1, {}, { timestamp: -1 }), { topic: 'recent' }),
  produce('of the future', batch(2, {}, { timestamp: 9_000_000_000_000 })),
  produce('a time below 0', batch(1, {}, { timestamp: -5 })),
  produce('any time where brokers give it', batch(1, {}, { timestamp: 9_000_000_000_000 }), { topic: 'appended' }),
  produce('a time of a broker', batch(1, { logAppendTimeMs: timestamp }), { topic: 'appended' }),
  produce('a time of a broker where producers give it', batch(1, { logAppendTimeMs: timestamp })),
  produce('more than the topic takes', batch(1, {}, { value: Buffer.alloc(200) }), { topic: 'small' }),
  produce('more than the broker takes', batch(1, {}, { value: large })),
  produce('more than a segment', batch(1, {}, { value: large }), { topic: 'segments' }),
  produce('much that is little when compressed', batch(1, { compression: 'gzip' }, { value: Buffer.alloc(9_999) }), {
    topic: 'small',
  }),
];

export const produceRows: readonly Row[] = [
  topics,
  ...where,
  ...bytes.map(([name, each]) => produce(name, each)),
  ...headers.map((changes) => produce(`header ${JSON.stringify(changes)}`, lying(changes), { partition: 2 })),
  ...times.map((changes) => produce(`header ${JSON.stringify(changes)}`, lying(changes), { topic: 'times' })),
  fetch('times', 0),
  ...compressed,
  ...records,
  ...unwalked,
  ...[0, 1, 2].map((partition) => fetch('bad', partition)),
  fetch('small', 0),
];
