import { defineRecord } from '../schema/api.ts';
import { array, int32, int64, nullable, string, uuid, zeroUuid } from '../schema/field.ts';

/** The vote file of a Raft replica. */
export const quorumStateData = defineRecord({
  name: 'QuorumStateData',
  versions: '0-1',
  flexible: '0+',
  fields: {
    clusterId: string('0', { default: '' }),
    leaderId: int32('0+', { default: -1 }),
    leaderEpoch: int32('0+', { default: -1 }),
    votedId: int32('0+', { default: -1 }),
    votedDirectoryId: uuid('1+', { default: zeroUuid }),
    appliedOffset: int64('0', { default: 0 }),
    currentVoters: nullable(
      array(
        '0',
        {
          voterId: int32('0', { default: 0 }),
        },
        { default: [] },
      ),
    ),
  },
});
