import { defineRecord } from '../schema/api.ts';
import { array, bool, int16, int32, int64, nullable, string, tagged, uint16, uuid } from '../schema/field.ts';

/** A broker joins the cluster. */
export const registerBrokerRecord = defineRecord({
  name: 'RegisterBrokerRecord',
  type: 0,
  versions: '0-4',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    isMigratingZkBroker: bool('2+', { default: false }),
    incarnationId: uuid('0+'),
    brokerEpoch: int64('0+'),
    endPoints: array('0+', {
      name: string('0+'),
      host: string('0+'),
      port: uint16('0+'),
      securityProtocol: int16('0+'),
    }),
    features: array('0+', {
      name: string('0+'),
      minSupportedVersion: int16('0+'),
      maxSupportedVersion: int16('0+'),
    }),
    rack: nullable(string('0+')),
    fenced: bool('0+', { default: true }),
    inControlledShutdown: bool('1+', { default: false }),
    logDirs: tagged(0, array('3+', uuid(), { default: [] })),
    cordonedLogDirs: tagged(1, nullable(array('4+', uuid()), { default: null })),
  },
});
