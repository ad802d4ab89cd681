import { defineRecord } from '../schema/api.ts';
import { array, int8, int16, int32, int64, nullable, string, tagged } from '../schema/field.ts';

/** State of a transactional id in `__transaction_state`. */
export const transactionLogValue = defineRecord({
  name: 'TransactionLogValue',
  type: 0,
  versions: '0-1',
  flexible: '1+',
  fields: {
    producerId: int64('0+'),
    previousProducerId: tagged(0, int64('1+', { default: -1 })),
    nextProducerId: tagged(1, int64('1+', { default: -1 })),
    producerEpoch: int16('0+'),
    nextProducerEpoch: tagged(3, int16('1+', { default: -1 })),
    transactionTimeoutMs: int32('0+'),
    transactionStatus: int8('0+'),
    transactionPartitions: nullable(
      array('0+', {
        topic: string('0+'),
        partitionIds: array('0+', int32()),
      }),
    ),
    transactionLastUpdateTimestampMs: int64('0+'),
    transactionStartTimestampMs: int64('0+'),
    clientTransactionVersion: tagged(2, int16('1+', { default: 0 })),
  },
});
