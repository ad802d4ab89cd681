import { defineRecord } from '../schema/api.ts';
import { int16 } from '../schema/field.ts';

/** Control record that closes a metadata snapshot. */
export const snapshotFooterRecord = defineRecord({
  name: 'SnapshotFooterRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
  },
});
