import { defineApi } from '../schema/api.ts';
import { array, bool, bytes, int16, int32, nullable, string } from '../schema/field.ts';

/** JoinGroup (key 11): enters a classic group and waits for its next generation. */
export const joinGroup = defineApi({
  key: 11,
  name: 'JoinGroup',
  versions: '0-9',
  flexible: '6+',
  request: {
    groupId: string('0+'),
    sessionTimeoutMs: int32('0+'),
    rebalanceTimeoutMs: int32('1+', { default: -1 }),
    memberId: string('0+'),
    groupInstanceId: nullable(string('5+'), { default: null }),
    protocolType: string('0+'),
    protocols: array('0+', {
      name: string('0+'),
      metadata: bytes('0+'),
    }),
    reason: nullable(string('8+'), { default: null }),
  },
  response: {
    throttleTimeMs: int32('2+', { default: 0 }),
    errorCode: int16('0+'),
    generationId: int32('0+', { default: -1 }),
    protocolType: nullable(string('7+'), { default: null }),
    protocolName: nullable(string('0+'), { versions: '7+' }),
    leader: string('0+'),
    skipAssignment: bool('9+', { default: false }),
    memberId: string('0+'),
    members: array('0+', {
      memberId: string('0+'),
      groupInstanceId: nullable(string('5+'), { default: null }),
      metadata: bytes('0+'),
    }),
  },
});
