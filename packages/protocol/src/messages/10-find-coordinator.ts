import { defineApi } from '../schema/api.ts';
import { array, int8, int16, int32, nullable, string } from '../schema/field.ts';

/** FindCoordinator (key 10): finds the broker that coordinates a group or transaction. */
export const findCoordinator = defineApi({
  key: 10,
  name: 'FindCoordinator',
  versions: '0-6',
  flexible: '3+',
  request: {
    key: string('0-3', { default: '' }),
    keyType: int8('1+', { default: 0 }),
    coordinatorKeys: array('4+', string(), { default: [] }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0 }),
    errorCode: int16('0-3', { default: 0 }),
    errorMessage: nullable(string('1-3', { default: '' })),
    nodeId: int32('0-3', { default: 0 }),
    host: string('0-3', { default: '' }),
    port: int32('0-3', { default: 0 }),
    coordinators: array(
      '4+',
      {
        key: string('4+', { default: '' }),
        nodeId: int32('4+', { default: 0 }),
        host: string('4+', { default: '' }),
        port: int32('4+', { default: 0 }),
        errorCode: int16('4+', { default: 0 }),
        errorMessage: nullable(string('4+', { default: '' })),
      },
      { default: [] },
    ),
  },
});
