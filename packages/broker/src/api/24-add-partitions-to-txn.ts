import { apis, type ErrorName, errorCode, type RequestOf } from '@nagare/protocol';
import type { TopicImage } from '../core/controller/image.ts';
import { epochPerTransaction } from '../core/transaction/txn-metadata.ts';
import type { TxnPartition } from '../core/transaction/txn-partitions.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';
import { isTransactionalId, producerFencedAs } from './transactional-id.ts';

const firstVersionWith = { fenced: 2, many: 4 } as const;

type AddPartitionsRequest = RequestOf<typeof apis.addPartitionsToTxn>;
type Transaction = AddPartitionsRequest['transactions'][number];

/** Adds partitions to transactions: clients to their own, brokers in the name of their clients, or to look (KIP-890). */
export const handleAddPartitionsToTxn = defineHandler(apis.addPartitionsToTxn, {
  async handle(request, context) {
    if (context.version < firstVersionWith.many) {
      const transaction = ownTransaction(request);
      return { resultsByTopicV3AndBelow: resultsOf(transaction, await add(transaction, context)) };
    }
    const results = request.transactions.map(async (transaction) => ({
      transactionalId: transaction.transactionalId,
      topicResults: resultsOf(transaction, await add(transaction, context)),
    }));
    return { resultsByTransaction: await Promise.all(results) };
  },
  refuse(request, error, { version }) {
    if (version >= firstVersionWith.many) return { errorCode: errorCode[error] };
    const transaction = ownTransaction(request);
    return {
      resultsByTopicV3AndBelow: resultsOf(
        transaction,
        partitionsOf(transaction).map(() => error),
      ),
    };
  },
});

function ownTransaction(request: AddPartitionsRequest): Transaction {
  return {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    topics: request.v3AndBelowTopics,
    verifyOnly: false,
  };
}

/** An error for each partition, in their order. All of them are added or none is. */
async function add(transaction: Transaction, { version, broker }: RequestContext): Promise<readonly ErrorName[]> {
  const { transactionalId, producerId, producerEpoch, verifyOnly } = transaction;
  const partitions = partitionsOf(transaction);
  const { topicsByName } = broker.image();
  const isOfClient = version < firstVersionWith.many;
  const faults = partitions.map((each) => faultOf(each, topicsByName.get(each.topic), isOfClient));
  if (faults.some((fault) => fault !== undefined)) return faults.map((fault) => fault ?? 'OPERATION_NOT_ATTEMPTED');
  if (!isTransactionalId(transactionalId)) return partitions.map(() => 'INVALID_REQUEST');
  const event = { transactionalId, producerId, producerEpoch, partitions };
  if (verifyOnly) return broker.transactions.verify(event);
  const transactionVersion = isOfClient ? 0 : epochPerTransaction;
  const error = await broker.transactions.add({ ...event, transactionVersion });
  return partitions.map(() => (version < firstVersionWith.fenced ? producerFencedAs(error) : error));
}

function faultOf(
  { partition }: TxnPartition,
  topic: TopicImage | undefined,
  isOfClient: boolean,
): ErrorName | undefined {
  // Clients reach the offsets of their groups through AddOffsetsToTxn.
  if (topic?.isInternal === true && isOfClient) return 'TOPIC_AUTHORIZATION_FAILED';
  return topic?.partitions[partition] === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : undefined;
}

function partitionsOf({ topics }: Transaction): TxnPartition[] {
  return topics.flatMap(({ name, partitions }) => partitions.map((partition) => ({ topic: name, partition })));
}

function resultsOf({ topics }: Transaction, errors: readonly ErrorName[]) {
  let next = 0;
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => {
      const partitionErrorCode = errorCode[errors[next] as ErrorName];
      next += 1;
      return { partitionIndex, partitionErrorCode };
    }),
  }));
}
