import { defineApi } from '../schema/api.ts';
import {
  array,
  int8,
  int16,
  int32,
  int64,
  nullable,
  records,
  string,
  struct,
  tagged,
  uuid,
  zeroUuid,
} from '../schema/field.ts';

/** Fetch (key 1): reads record batches from partitions, waiting for more when there are too few. */
export const fetch = defineApi({
  key: 1,
  name: 'Fetch',
  versions: '4-18',
  flexible: '12+',
  request: {
    clusterId: tagged(0, nullable(string('12+'), { default: null })),
    replicaId: int32('0-14', { default: -1 }),
    replicaState: tagged(
      1,
      struct(
        '15+',
        {
          replicaId: int32('15+', { default: -1 }),
          replicaEpoch: int64('15+', { default: -1 }),
        },
        { default: 'empty' },
      ),
    ),
    maxWaitMs: int32('0+'),
    minBytes: int32('0+'),
    maxBytes: int32('3+', { default: 0x7fffffff }),
    isolationLevel: int8('4+', { default: 0 }),
    sessionId: int32('7+', { default: 0 }),
    sessionEpoch: int32('7+', { default: -1 }),
    topics: array('0+', {
      topic: string('0-12', { default: '' }),
      topicId: uuid('13+', { default: zeroUuid }),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('9+', { default: -1 }),
        fetchOffset: int64('0+'),
        lastFetchedEpoch: int32('12+', { default: -1 }),
        logStartOffset: int64('5+', { default: -1 }),
        partitionMaxBytes: int32('0+'),
        replicaDirectoryId: tagged(0, uuid('17+', { default: zeroUuid })),
        highWatermark: tagged(1, int64('18+', { default: 2 ** 63 })),
      }),
    }),
    forgottenTopicsData: array(
      '7+',
      {
        topic: string('7-12', { default: '' }),
        topicId: uuid('13+', { default: zeroUuid }),
        partitions: array('7+', int32(), { default: [] }),
      },
      { default: [] },
    ),
    rackId: string('11+', { default: '' }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0 }),
    errorCode: int16('7+', { default: 0 }),
    sessionId: int32('7+', { default: 0 }),
    responses: array('0+', {
      topic: string('0-12', { default: '' }),
      topicId: uuid('13+', { default: zeroUuid }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        highWatermark: int64('0+'),
        lastStableOffset: int64('4+', { default: -1 }),
        logStartOffset: int64('5+', { default: -1 }),
        divergingEpoch: tagged(
          0,
          struct(
            '12+',
            {
              epoch: int32('12+', { default: -1 }),
              endOffset: int64('12+', { default: -1 }),
            },
            { default: 'empty' },
          ),
        ),
        currentLeader: tagged(
          1,
          struct(
            '12+',
            {
              leaderId: int32('12+', { default: -1 }),
              leaderEpoch: int32('12+', { default: -1 }),
            },
            { default: 'empty' },
          ),
        ),
        snapshotId: tagged(
          2,
          struct(
            '12+',
            {
              endOffset: int64('0+', { default: -1 }),
              epoch: int32('0+', { default: -1 }),
            },
            { default: 'empty' },
          ),
        ),
        abortedTransactions: nullable(
          array('4+', {
            producerId: int64('4+'),
            firstOffset: int64('4+'),
          }),
        ),
        preferredReadReplica: int32('11+', { default: -1 }),
        records: nullable(records('0+')),
      }),
    }),
    nodeEndpoints: tagged(
      0,
      array(
        '16+',
        {
          nodeId: int32('16+', { default: 0 }),
          host: string('16+', { default: '' }),
          port: int32('16+', { default: 0 }),
          rack: nullable(string('16+'), { default: null }),
        },
        { default: [] },
      ),
    ),
  },
});
