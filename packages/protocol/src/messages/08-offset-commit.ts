import { defineApi } from '../schema/api.ts';
import { array, int16, int32, int64, nullable, string, uuid, zeroUuid } from '../schema/field.ts';

/** OffsetCommit (key 8): stores the offsets that a group has consumed. */
export const offsetCommit = defineApi({
  key: 8,
  name: 'OffsetCommit',
  versions: '2-10',
  flexible: '8+',
  request: {
    groupId: string('0+'),
    generationIdOrMemberEpoch: int32('1+', { default: -1 }),
    memberId: string('1+'),
    groupInstanceId: nullable(string('7+'), { default: null }),
    retentionTimeMs: int64('2-4', { default: -1 }),
    topics: array('0+', {
      name: string('0-9', { default: '' }),
      topicId: uuid('10+', { default: zeroUuid }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+'),
        committedLeaderEpoch: int32('6+', { default: -1 }),
        committedMetadata: nullable(string('0+')),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32('3+', { default: 0 }),
    topics: array('0+', {
      name: string('0-9', { default: '' }),
      topicId: uuid('10+', { default: zeroUuid }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});
