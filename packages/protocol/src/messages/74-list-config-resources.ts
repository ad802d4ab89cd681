import { defineApi } from '../schema/api.ts';
import { array, int8, int16, int32, string } from '../schema/field.ts';

/** ListConfigResources (key 74): lists the names of what has settings. */
export const listConfigResources = defineApi({
  key: 74,
  name: 'ListConfigResources',
  versions: '0-1',
  flexible: '0+',
  request: {
    resourceTypes: array('1+', int8(), { default: [] }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    configResources: array('0+', {
      resourceName: string('0+'),
      resourceType: int8('1+', { default: 16 }),
    }),
  },
});
