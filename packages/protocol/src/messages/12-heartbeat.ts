import { defineApi } from '../schema/api.ts';
import { int16, int32, nullable, string } from '../schema/field.ts';

/** Heartbeat (key 12): says that a member of a classic group is alive. */
export const heartbeat = defineApi({
  key: 12,
  name: 'Heartbeat',
  versions: '0-4',
  flexible: '4+',
  request: {
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: nullable(string('3+'), { default: null }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0 }),
    errorCode: int16('0+'),
  },
});
