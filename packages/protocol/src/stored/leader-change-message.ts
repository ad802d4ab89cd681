import { defineRecord } from '../schema/api.ts';
import { array, int16, int32, uuid, zeroUuid } from '../schema/field.ts';

/** Control record with which a Raft leader opens its epoch. */
export const leaderChangeMessage = defineRecord({
  name: 'LeaderChangeMessage',
  versions: '0-1',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    leaderId: int32('0+'),
    voters: array('0+', {
      voterId: int32('0+'),
      voterDirectoryId: uuid('1+', { default: zeroUuid }),
    }),
    grantingVoters: array('0+', {
      voterId: int32('0+'),
      voterDirectoryId: uuid('1+', { default: zeroUuid }),
    }),
  },
});
