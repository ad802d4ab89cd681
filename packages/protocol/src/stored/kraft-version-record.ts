import { defineRecord } from '../schema/api.ts';
import { int16 } from '../schema/field.ts';

/** Control record with the version of the quorum's own protocol. */
export const kraftVersionRecord = defineRecord({
  name: 'KRaftVersionRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    kRaftVersion: int16('0+'),
  },
});
