import { defineRecord } from '../schema/api.ts';
import { int16, int64 } from '../schema/field.ts';

/** Control record that opens a metadata snapshot. */
export const snapshotHeaderRecord = defineRecord({
  name: 'SnapshotHeaderRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    lastContainedLogTimestamp: int64('0+'),
  },
});
