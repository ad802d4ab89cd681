import { defineApi } from '../schema/api.ts';
import { array, int16, int32, int64, nullable, string, uuid, zeroUuid } from '../schema/field.ts';

/** TxnOffsetCommit (key 28): stores offsets as part of a transaction. */
export const txnOffsetCommit = defineApi({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: '0-6',
  flexible: '3+',
  request: {
    transactionalId: string('0+'),
    groupId: string('0+'),
    producerId: int64('0+'),
    producerEpoch: int16('0+'),
    generationIdOrMemberEpoch: int32('3+', { default: -1 }),
    memberId: string('3+', { default: '' }),
    groupInstanceId: nullable(string('3+'), { default: null }),
    topics: array('0+', {
      name: string('0-5', { default: '' }),
      topicId: uuid('6+', { default: zeroUuid }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+'),
        committedLeaderEpoch: int32('2+', { default: -1 }),
        committedMetadata: nullable(string('0+')),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    topics: array('0+', {
      name: string('0-5', { default: '' }),
      topicId: uuid('6+', { default: zeroUuid }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});
