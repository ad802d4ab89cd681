import { defineApi } from '../schema/api.ts';
import { array, int16, int32, nullable, string } from '../schema/field.ts';

/** LeaveGroup (key 13): takes members out of a classic group. */
export const leaveGroup = defineApi({
  key: 13,
  name: 'LeaveGroup',
  versions: '0-5',
  flexible: '4+',
  request: {
    groupId: string('0+'),
    memberId: string('0-2', { default: '' }),
    members: array(
      '3+',
      {
        memberId: string('3+', { default: '' }),
        groupInstanceId: nullable(string('3+'), { default: null }),
        reason: nullable(string('5+'), { default: null }),
      },
      { default: [] },
    ),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0 }),
    errorCode: int16('0+'),
    members: array(
      '3+',
      {
        memberId: string('3+', { default: '' }),
        groupInstanceId: nullable(string('3+', { default: '' })),
        errorCode: int16('3+', { default: 0 }),
      },
      { default: [] },
    ),
  },
});
