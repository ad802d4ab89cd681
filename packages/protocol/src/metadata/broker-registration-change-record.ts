import { defineRecord } from '../schema/api.ts';
import { array, int8, int32, int64, nullable, tagged, uuid } from '../schema/field.ts';

/** A broker's registration changes: fenced, unfenced or shutting down. */
export const brokerRegistrationChangeRecord = defineRecord({
  name: 'BrokerRegistrationChangeRecord',
  type: 17,
  versions: '0-3',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+'),
    fenced: tagged(0, int8('0+')),
    inControlledShutdown: tagged(1, int8('1+', { default: 0 })),
    logDirs: tagged(2, array('2+', uuid(), { default: [] })),
    cordonedLogDirs: tagged(3, nullable(array('3+', uuid()), { default: null })),
  },
});
