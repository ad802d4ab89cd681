import { defineRecord } from '../schema/api.ts';

/** Nothing changes; the quorum shows that it is alive. */
export const noOpRecord = defineRecord({
  name: 'NoOpRecord',
  type: 20,
  versions: '0',
  flexible: '0+',
  fields: {},
});
