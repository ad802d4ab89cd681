import { defineApi } from '../schema/api.ts';
import {
  array,
  int16,
  int32,
  int64,
  nullable,
  records,
  string,
  struct,
  tagged,
  uuid,
  zeroUuid,
} from '../schema/field.ts';

/** Produce (key 0): appends record batches to partitions. */
export const produce = defineApi({
  key: 0,
  name: 'Produce',
  versions: '3-13',
  flexible: '9+',
  request: {
    transactionalId: nullable(string('3+'), { default: null }),
    acks: int16('0+'),
    timeoutMs: int32('0+'),
    topicData: array('0+', {
      name: string('0-12', { default: '' }),
      topicId: uuid('13+', { default: zeroUuid }),
      partitionData: array('0+', {
        index: int32('0+'),
        records: nullable(records('0+')),
      }),
    }),
  },
  response: {
    responses: array('0+', {
      name: string('0-12', { default: '' }),
      topicId: uuid('13+', { default: zeroUuid }),
      partitionResponses: array('0+', {
        index: int32('0+'),
        errorCode: int16('0+'),
        baseOffset: int64('0+'),
        logAppendTimeMs: int64('2+', { default: -1 }),
        logStartOffset: int64('5+', { default: -1 }),
        recordErrors: array(
          '8+',
          {
            batchIndex: int32('8+', { default: 0 }),
            batchIndexErrorMessage: nullable(string('8+'), { default: null }),
          },
          { default: [] },
        ),
        errorMessage: nullable(string('8+'), { default: null }),
        currentLeader: tagged(
          0,
          struct(
            '10+',
            {
              leaderId: int32('10+', { default: -1 }),
              leaderEpoch: int32('10+', { default: -1 }),
            },
            { default: 'empty' },
          ),
        ),
      }),
    }),
    throttleTimeMs: int32('1+', { default: 0 }),
    nodeEndpoints: tagged(
      0,
      array(
        '10+',
        {
          nodeId: int32('10+', { default: 0 }),
          host: string('10+', { default: '' }),
          port: int32('10+', { default: 0 }),
          rack: nullable(string('10+'), { default: null }),
        },
        { default: [] },
      ),
    ),
  },
});
