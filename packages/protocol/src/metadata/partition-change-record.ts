import { defineRecord } from '../schema/api.ts';
import { array, int8, int32, nullable, tagged, uuid } from '../schema/field.ts';

/** Leader, ISR or replicas of a partition change. */
export const partitionChangeRecord = defineRecord({
  name: 'PartitionChangeRecord',
  type: 5,
  versions: '0-2',
  flexible: '0+',
  fields: {
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    isr: tagged(0, nullable(array('0+', int32()), { default: null })),
    leader: tagged(1, int32('0+', { default: -2 })),
    replicas: tagged(2, nullable(array('0+', int32()), { default: null })),
    removingReplicas: tagged(3, nullable(array('0+', int32()), { default: null })),
    addingReplicas: tagged(4, nullable(array('0+', int32()), { default: null })),
    leaderRecoveryState: tagged(5, int8('0+', { default: -1 })),
    directories: tagged(8, nullable(array('1+', uuid()), { default: null })),
    eligibleLeaderReplicas: tagged(6, nullable(array('2+', int32()), { default: null })),
    lastKnownElr: tagged(7, nullable(array('2+', int32()), { default: null })),
  },
});
