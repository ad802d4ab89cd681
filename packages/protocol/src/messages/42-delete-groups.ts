import { defineApi } from '../schema/api.ts';
import { array, int16, int32, nullable, string } from '../schema/field.ts';

/** DeleteGroups (key 42): deletes groups with their offsets. */
export const deleteGroups = defineApi({
  key: 42,
  name: 'DeleteGroups',
  versions: '0-3',
  flexible: '2+',
  request: {
    groupsNames: array('0+', string()),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    results: array('0+', {
      groupId: string('0+'),
      errorCode: int16('0+'),
      errorMessage: nullable(string('3+'), { default: null }),
    }),
  },
});
