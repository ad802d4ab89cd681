import { defineRecord } from '../schema/api.ts';
import { int32, int64 } from '../schema/field.ts';

/** A block of producer ids is handed out. */
export const producerIdsRecord = defineRecord({
  name: 'ProducerIdsRecord',
  type: 15,
  versions: '0',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    nextProducerId: int64('0+'),
  },
});
