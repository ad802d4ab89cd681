import { defineApi } from '../schema/api.ts';
import { array, bytes, int16, int32, nullable, string } from '../schema/field.ts';

/** SyncGroup (key 14): hands out the assignment of a generation. */
export const syncGroup = defineApi({
  key: 14,
  name: 'SyncGroup',
  versions: '0-5',
  flexible: '4+',
  request: {
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: nullable(string('3+'), { default: null }),
    protocolType: nullable(string('5+'), { default: null }),
    protocolName: nullable(string('5+'), { default: null }),
    assignments: array('0+', {
      memberId: string('0+'),
      assignment: bytes('0+'),
    }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0 }),
    errorCode: int16('0+'),
    protocolType: nullable(string('5+'), { default: null }),
    protocolName: nullable(string('5+'), { default: null }),
    assignment: bytes('0+'),
  },
});
