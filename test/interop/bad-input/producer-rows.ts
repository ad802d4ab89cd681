import { apis, type BatchOptions, type RequestDraftOf } from '@nagare/protocol';
import { create, type Row, row, timeoutMs } from '../admin-answers/row.ts';
import { batch } from './batch.ts';

const topic = 'sequences';

interface Send extends BatchOptions {
  readonly count?: number;
  readonly partition?: number;
  readonly transactionalId?: string | null;
  readonly version?: number;
}

function send(name: string, options: Send): Row {
  const { count = 1, partition = 0, transactionalId = null, version = 12, ...rest } = options;
  const records = batch(count, { producerEpoch: 0, ...rest });
  return produce(name, version, {
    transactionalId,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  });
}

function produce(name: string, version: number, body: Partial<RequestDraftOf<typeof apis.produce>>): Row {
  return row(name, apis.produce, version, { acks: -1, timeoutMs, topicData: [], ...body });
}

const last = 2 ** 31 - 1;

/** Producers that brokers do not know: whoever has an id may begin anywhere. */
const idempotent: readonly Row[] = [
  ...[0, 1, 2, 3, 4].map((baseSequence) => send(`sequence ${baseSequence}`, { producerId: 70, baseSequence })),
  ...[0, 4].map((baseSequence) => send(`sequence ${baseSequence} again`, { producerId: 70, baseSequence })),
  send('sequence 5', { producerId: 70, baseSequence: 5 }),
  ...[0, 1, 5].map((baseSequence) => send(`${baseSequence} after 5`, { producerId: 70, baseSequence })),
  send('a gap', { producerId: 70, baseSequence: 7 }),
  send('two of which one is old', { producerId: 70, baseSequence: 5, count: 2 }),
  send('an older epoch of none', { producerId: 70, producerEpoch: -1, baseSequence: 6 }),
  send('a new epoch that does not begin at 0', { producerId: 70, producerEpoch: 2, baseSequence: 6 }),
  send('a new epoch', { producerId: 70, producerEpoch: 2, baseSequence: 0 }),
  send('an old epoch', { producerId: 70, producerEpoch: 1, baseSequence: 1 }),
  send('the first of a new epoch again', { producerId: 70, producerEpoch: 2, baseSequence: 0 }),
  send('an unknown producer that begins at 5', { producerId: 71, baseSequence: 5 }),
  send('and goes on at 0', { producerId: 71, baseSequence: 0 }),
  send('and goes on at 6', { producerId: 71, baseSequence: 6 }),
  send('an unknown producer of epoch 9', { producerId: 72, producerEpoch: 9, baseSequence: 0 }),
  send('the end of all sequences', { producerId: 73, baseSequence: last - 1, count: 3 }),
  send('the end of all sequences again', { producerId: 73, baseSequence: last - 1, count: 3 }),
  send('behind the end', { producerId: 73, baseSequence: 1 }),
  send('before the end', { producerId: 73, baseSequence: last }),
  send('the last of all', { producerId: 74, baseSequence: last }),
  send('the first of all after it', { producerId: 74, baseSequence: 0 }),
  send('1 in place of 0', { producerId: 75, baseSequence: last }),
  send('1 after the last', { producerId: 75, baseSequence: 1 }),
  send('a longer batch at an old place', { producerId: 71, baseSequence: 5, count: 2 }),
  send('another partition', { producerId: 70, baseSequence: 9, partition: 1 }),
  send('an epoch of 32767', { producerId: 76, producerEpoch: 32_767, baseSequence: 0 }),
  send('an epoch without an id', { producerId: -1, producerEpoch: 3, baseSequence: 3 }),
];

const other = batch(1, { producerId: 81, producerEpoch: 0, baseSequence: 0, isTransactional: true });
const one = batch(1, { producerId: 80, producerEpoch: 0, baseSequence: 0, isTransactional: true });

const transactional: readonly Row[] = [
  ...[3, 9, 11, 12].flatMap((version) => [
    send(`no transactional id, v${version}`, { producerId: 80, baseSequence: 0, isTransactional: true, version }),
    send(`no transaction, v${version}`, {
      ...{ producerId: 999_999, baseSequence: 0, isTransactional: true, transactionalId: 'any', version },
    }),
    send(`an unknown transactional id, v${version}`, {
      ...{ producerId: 80, baseSequence: 0, isTransactional: true, transactionalId: 'unknown', version },
    }),
  ]),
  send('an empty transactional id', { producerId: 80, baseSequence: 0, isTransactional: true, transactionalId: '' }),
  send('plain records under a transactional id', { producerId: 82, baseSequence: 0, transactionalId: 'any' }),
  send('plain records of no producer under a transactional id', {
    ...{ producerId: -1, producerEpoch: -1, baseSequence: -1, transactionalId: 'any' },
  }),
  produce('two producers in one transaction', 12, {
    transactionalId: 'any',
    topicData: [
      {
        name: topic,
        partitionData: [
          { index: 0, records: one },
          { index: 1, records: other },
        ],
      },
    ],
  }),
];

const ids: readonly (readonly [string, Partial<RequestDraftOf<typeof apis.initProducerId>>])[] = [
  ['an empty id', { transactionalId: '' }],
  ['no timeout', { transactionTimeoutMs: 0 }],
  ['a timeout below 0', { transactionTimeoutMs: -1 }],
  ['too long a timeout', { transactionTimeoutMs: 900_001 }],
  ['a producer id without an epoch', { producerId: 5 }],
  ['an epoch without a producer id', { producerEpoch: 5 }],
  ['a producer id that is another', { producerId: 999_999, producerEpoch: 5 }],
  ['no transactional id', { transactionalId: null, transactionTimeoutMs: -1 }],
  ['no transactional id, with an epoch', { transactionalId: null, producerEpoch: 5 }],
  ['a producer of no transactions', { transactionalId: null, producerId: 5, producerEpoch: 5 }],
];

const named = { transactionalId: 'any', producerId: 999_999, producerEpoch: 0 };
const unknown = { transactionalId: 'unknown', producerId: 5, producerEpoch: 0 };
const empty = { transactionalId: '', producerId: 5, producerEpoch: 0 };
const who = [
  ['another producer', named],
  ['an unknown id', unknown],
  ['an empty id', empty],
] as const;
const partitions = [{ name: topic, partitions: [0, 1] }];

const coordinated: readonly Row[] = [
  ...ids.flatMap(([name, body]) =>
    [0, 3, 5].map((version) =>
      row(`${name}, v${version}`, apis.initProducerId, version, {
        ...{ transactionalId: 'init', transactionTimeoutMs: 60_000, ...body },
      }),
    ),
  ),
  ...who.flatMap(([name, producer]) => [
    row(`${name}, v3`, apis.addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: producer.transactionalId,
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: 0,
      v3AndBelowTopics: partitions,
    }),
    ...[false, true].map((verifyOnly) =>
      row(`${name}, v5, verify ${verifyOnly}`, apis.addPartitionsToTxn, 5, {
        transactions: [{ ...producer, verifyOnly, topics: partitions }],
      }),
    ),
    ...[0, 4].map((version) =>
      row(`${name}, v${version}`, apis.addOffsetsToTxn, version, { ...producer, groupId: 'g' }),
    ),
    row(`${name}, no group`, apis.addOffsetsToTxn, 4, { ...producer, groupId: '' }),
    ...[0, 3, 5].map((version) => row(`${name}, v${version}`, apis.endTxn, version, { ...producer, committed: true })),
    ...[2, 3, 5].map((version) =>
      row(`${name}, v${version}`, apis.txnOffsetCommit, version, {
        ...{ ...producer, groupId: 'g', generationIdOrMemberEpoch: 3, memberId: 'm' },
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }] }],
      }),
    ),
  ]),
  row('an unknown partition', apis.addPartitionsToTxn, 3, {
    ...{ v3AndBelowTransactionalId: 'any', v3AndBelowProducerId: 5, v3AndBelowProducerEpoch: 0 },
    v3AndBelowTopics: [{ name: topic, partitions: [0, 9] }],
  }),
  row('an unknown topic', apis.addPartitionsToTxn, 3, {
    ...{ v3AndBelowTransactionalId: 'any', v3AndBelowProducerId: 5, v3AndBelowProducerEpoch: 0 },
    v3AndBelowTopics: [...partitions, { name: 'nope', partitions: [0] }],
  }),
  row('nothing, v3', apis.addPartitionsToTxn, 3, { v3AndBelowTransactionalId: 'any', v3AndBelowTopics: [] }),
  row('unknown partitions', apis.writeTxnMarkers, 1, {
    markers: [
      {
        ...{ producerId: 90, producerEpoch: 0, transactionResult: true, coordinatorEpoch: 0 },
        topics: [
          { name: topic, partitionIndexes: [9] },
          { name: 'nope', partitionIndexes: [0] },
        ],
      },
    ],
  }),
  row('nothing', apis.writeTxnMarkers, 1, { markers: [] }),
  row('ids', apis.describeTransactions, 0, { transactionalIds: ['unknown', ''] }),
  row('no ids', apis.describeTransactions, 0, { transactionalIds: [] }),
  row('partitions', apis.describeProducers, 0, {
    topics: [
      { name: topic, partitionIndexes: [9, 3] },
      { name: 'nope', partitionIndexes: [0] },
    ],
  }),
  ...[
    { stateFilters: ['NoSuchState'] },
    { stateFilters: ['Ongoing', 'Nope'] },
    { stateFilters: ['ongoing'] },
    { producerIdFilters: [-5, 999_999] },
    { durationFilter: -7 },
    { durationFilter: 2 ** 50 },
    { transactionalIdPattern: '(' },
    { transactionalIdPattern: '' },
    { transactionalIdPattern: 'nope.*' },
    { transactionalIdPattern: 'a(?=b)' },
  ].map((filter) =>
    row(`${JSON.stringify(filter)}`, apis.listTransactions, 2, {
      stateFilters: ['Dead'],
      producerIdFilters: [],
      ...filter,
    }),
  ),
];

export const producerRows: readonly Row[] = [
  create('a topic for sequences', [
    { name: topic, numPartitions: 4, configs: [{ name: 'retention.ms', value: '-1' }] },
  ]),
  ...idempotent,
  ...transactional,
  ...coordinated,
];
