import { defineApi } from '../schema/api.ts';
import { array, bool, int16, int32, int64, string } from '../schema/field.ts';

/** AddPartitionsToTxn (key 24): adds partitions to a transaction. */
export const addPartitionsToTxn = defineApi({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: '0-5',
  flexible: '3+',
  request: {
    transactions: array(
      '4+',
      {
        transactionalId: string('4+', { default: '' }),
        producerId: int64('4+', { default: 0 }),
        producerEpoch: int16('4+', { default: 0 }),
        verifyOnly: bool('4+', { default: false }),
        topics: array(
          '4+',
          {
            name: string('0+'),
            partitions: array('0+', int32()),
          },
          { default: [] },
        ),
      },
      { default: [] },
    ),
    v3AndBelowTransactionalId: string('0-3', { default: '' }),
    v3AndBelowProducerId: int64('0-3', { default: 0 }),
    v3AndBelowProducerEpoch: int16('0-3', { default: 0 }),
    v3AndBelowTopics: array(
      '0-3',
      {
        name: string('0+'),
        partitions: array('0+', int32()),
      },
      { default: [] },
    ),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('4+', { default: 0 }),
    resultsByTransaction: array(
      '4+',
      {
        transactionalId: string('4+', { default: '' }),
        topicResults: array(
          '4+',
          {
            name: string('0+'),
            resultsByPartition: array('0+', {
              partitionIndex: int32('0+'),
              partitionErrorCode: int16('0+'),
            }),
          },
          { default: [] },
        ),
      },
      { default: [] },
    ),
    resultsByTopicV3AndBelow: array(
      '0-3',
      {
        name: string('0+'),
        resultsByPartition: array('0+', {
          partitionIndex: int32('0+'),
          partitionErrorCode: int16('0+'),
        }),
      },
      { default: [] },
    ),
  },
});
