import { defineRecord } from '../schema/api.ts';
import { array, int8, int32, nullable, tagged, uuid } from '../schema/field.ts';

/** A partition is created. */
export const partitionRecord = defineRecord({
  name: 'PartitionRecord',
  type: 3,
  versions: '0-2',
  flexible: '0+',
  fields: {
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    replicas: array('0+', int32()),
    isr: array('0+', int32()),
    removingReplicas: array('0+', int32()),
    addingReplicas: array('0+', int32()),
    leader: int32('0+', { default: -1 }),
    leaderRecoveryState: tagged(0, int8('0+', { default: 0 })),
    leaderEpoch: int32('0+', { default: -1 }),
    partitionEpoch: int32('0+', { default: -1 }),
    directories: array('1+', uuid(), { default: [] }),
    eligibleLeaderReplicas: tagged(1, nullable(array('2+', int32()), { default: null })),
    lastKnownElr: tagged(2, nullable(array('2+', int32()), { default: null })),
  },
});
