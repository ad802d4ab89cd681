import { defineApi } from '../schema/api.ts';
import { array, int16, int32, int64, nullable, string, uint16, uuid, zeroUuid } from '../schema/field.ts';

/** DescribeQuorum (key 55): describes the quorum of the cluster's metadata. */
export const describeQuorum = defineApi({
  key: 55,
  name: 'DescribeQuorum',
  versions: '0-2',
  flexible: '0+',
  request: {
    topics: array('0+', {
      topicName: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
      }),
    }),
  },
  response: {
    errorCode: int16('0+'),
    errorMessage: nullable(string('2+', { default: '' })),
    topics: array('0+', {
      topicName: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: nullable(string('2+', { default: '' })),
        leaderId: int32('0+'),
        leaderEpoch: int32('0+'),
        highWatermark: int64('0+'),
        currentVoters: array('0+', {
          replicaId: int32('0+'),
          replicaDirectoryId: uuid('2+', { default: zeroUuid }),
          logEndOffset: int64('0+'),
          lastFetchTimestamp: int64('1+', { default: -1 }),
          lastCaughtUpTimestamp: int64('1+', { default: -1 }),
        }),
        observers: array('0+', {
          replicaId: int32('0+'),
          replicaDirectoryId: uuid('2+', { default: zeroUuid }),
          logEndOffset: int64('0+'),
          lastFetchTimestamp: int64('1+', { default: -1 }),
          lastCaughtUpTimestamp: int64('1+', { default: -1 }),
        }),
      }),
    }),
    nodes: array(
      '2+',
      {
        nodeId: int32('2+', { default: 0 }),
        listeners: array(
          '2+',
          {
            name: string('2+', { default: '' }),
            host: string('2+', { default: '' }),
            port: uint16('2+', { default: 0 }),
          },
          { default: [] },
        ),
      },
      { default: [] },
    ),
  },
});
