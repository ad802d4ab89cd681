import { defineRecord } from '../schema/api.ts';
import { int32, int64 } from '../schema/field.ts';

/** A broker leaves the cluster. */
export const unregisterBrokerRecord = defineRecord({
  name: 'UnregisterBrokerRecord',
  type: 1,
  versions: '0',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+'),
  },
});
