import { defineRecord } from '../schema/api.ts';
import { int32 } from '../schema/field.ts';

/** Value of the marker that ends a transaction in a partition. */
export const endTxnMarker = defineRecord({
  name: 'EndTxnMarker',
  versions: '0',
  flexible: 'none',
  fields: {
    coordinatorEpoch: int32('0+'),
  },
});
