import { defineRecord } from '../schema/api.ts';
import { array, bytes, int32, int64, nullable, string } from '../schema/field.ts';

/** State of a classic group in `__consumer_offsets`. */
export const groupMetadataValue = defineRecord({
  name: 'GroupMetadataValue',
  type: 2,
  versions: '0-4',
  flexible: '4+',
  fields: {
    protocolType: string('0+'),
    generation: int32('0+'),
    protocol: nullable(string('0+')),
    leader: nullable(string('0+')),
    currentStateTimestamp: int64('2+', { default: -1 }),
    members: array('0+', {
      memberId: string('0+'),
      groupInstanceId: nullable(string('3+'), { default: null }),
      clientId: string('0+'),
      clientHost: string('0+'),
      rebalanceTimeout: int32('1+', { default: -1 }),
      sessionTimeout: int32('0+'),
      subscription: bytes('0+'),
      assignment: bytes('0+'),
    }),
  },
});
