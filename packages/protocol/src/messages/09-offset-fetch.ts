import { defineApi } from '../schema/api.ts';
import { array, bool, int16, int32, int64, nullable, string, uuid, zeroUuid } from '../schema/field.ts';

/** OffsetFetch (key 9): reads the offsets that groups have committed. */
export const offsetFetch = defineApi({
  key: 9,
  name: 'OffsetFetch',
  versions: '1-10',
  flexible: '6+',
  request: {
    groupId: string('0-7', { default: '' }),
    topics: nullable(
      array(
        '0-7',
        {
          name: string('0-7', { default: '' }),
          partitionIndexes: array('0-7', int32(), { default: [] }),
        },
        { default: [] },
      ),
      { versions: '2-7' },
    ),
    groups: array(
      '8+',
      {
        groupId: string('8+', { default: '' }),
        memberId: nullable(string('9+'), { default: null }),
        memberEpoch: int32('9+', { default: -1 }),
        topics: nullable(
          array(
            '8+',
            {
              name: string('8-9', { default: '' }),
              topicId: uuid('10+', { default: zeroUuid }),
              partitionIndexes: array('8+', int32(), { default: [] }),
            },
            { default: [] },
          ),
        ),
      },
      { default: [] },
    ),
    requireStable: bool('7+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('3+', { default: 0 }),
    topics: array(
      '0-7',
      {
        name: string('0-7', { default: '' }),
        partitions: array(
          '0-7',
          {
            partitionIndex: int32('0-7', { default: 0 }),
            committedOffset: int64('0-7', { default: 0 }),
            committedLeaderEpoch: int32('5-7', { default: -1 }),
            metadata: nullable(string('0-7', { default: '' })),
            errorCode: int16('0-7', { default: 0 }),
          },
          { default: [] },
        ),
      },
      { default: [] },
    ),
    errorCode: int16('2-7', { default: 0 }),
    groups: array(
      '8+',
      {
        groupId: string('8+', { default: '' }),
        topics: array(
          '8+',
          {
            name: string('8-9', { default: '' }),
            topicId: uuid('10+', { default: zeroUuid }),
            partitions: array(
              '8+',
              {
                partitionIndex: int32('8+', { default: 0 }),
                committedOffset: int64('8+', { default: 0 }),
                committedLeaderEpoch: int32('8+', { default: -1 }),
                metadata: nullable(string('8+', { default: '' })),
                errorCode: int16('8+', { default: 0 }),
              },
              { default: [] },
            ),
          },
          { default: [] },
        ),
        errorCode: int16('8+', { default: 0 }),
      },
      { default: [] },
    ),
  },
});
