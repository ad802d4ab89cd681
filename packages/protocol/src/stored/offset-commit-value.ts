import { defineRecord } from '../schema/api.ts';
import { int32, int64, string, tagged, uuid, zeroUuid } from '../schema/field.ts';

/** A committed offset in `__consumer_offsets`. */
export const offsetCommitValue = defineRecord({
  name: 'OffsetCommitValue',
  type: 1,
  versions: '0-4',
  flexible: '4+',
  fields: {
    offset: int64('0+'),
    leaderEpoch: int32('3+', { default: -1 }),
    metadata: string('0+'),
    commitTimestamp: int64('0+'),
    expireTimestamp: int64('1', { default: -1 }),
    topicId: tagged(0, uuid('4+', { default: zeroUuid })),
  },
});
