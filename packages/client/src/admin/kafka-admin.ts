import { within } from '../config.ts';
import { Cluster } from '../connection/cluster.ts';
import type { ClientContext } from '../context.ts';
import { abortTransaction } from './abort-transaction.ts';
import type { Admin, AdminOptions } from './admin.ts';
import { AdminContext } from './admin-context.ts';
import { alterConfigs } from './alter-configs.ts';
import { createPartitions } from './create-partitions.ts';
import { createTopics } from './create-topics.ts';
import { deleteGroups } from './delete-groups.ts';
import { deleteOffsets } from './delete-offsets.ts';
import { deleteRecords } from './delete-records.ts';
import { deleteTopics } from './delete-topics.ts';
import { describeCluster } from './describe-cluster.ts';
import { describeConfigs } from './describe-configs.ts';
import { describeGroups } from './describe-groups.ts';
import { describeProducers } from './describe-producers.ts';
import { describeTopics } from './describe-topics.ts';
import { describeTransactions } from './describe-transactions.ts';
import { fenceProducers } from './fence-producers.ts';
import { fetchOffsets } from './fetch-offsets.ts';
import { listGroups } from './list-groups.ts';
import { listOffsets } from './list-offsets.ts';
import { listTopics } from './list-topics.ts';
import { listTransactions } from './list-transactions.ts';
import { setOffsets } from './set-offsets.ts';

/** Ties the operations to one cluster. */
export function createAdmin(clientContext: ClientContext, options: AdminOptions): Admin {
  const { requestTimeoutMs = 30_000, operationTimeoutMs = 60_000 } = options;
  within('requestTimeoutMs', requestTimeoutMs, 1, 2 ** 31 - 1);
  within('operationTimeoutMs', operationTimeoutMs, 1, 2 ** 31 - 1);
  const cluster = new Cluster(clientContext, { requestTimeoutMs, allowAutoTopicCreation: false });
  const context = new AdminContext(cluster, operationTimeoutMs);
  const close = async () => cluster.close();
  return Object.freeze({
    createTopics: (request) => createTopics(context, request),
    deleteTopics: (request) => deleteTopics(context, request),
    listTopics: (request) => listTopics(context, request),
    describeTopics: (request) => describeTopics(context, request),
    createPartitions: (request) => createPartitions(context, request),
    describeConfigs: (request) => describeConfigs(context, request),
    alterConfigs: (request) => alterConfigs(context, request),
    listOffsets: (request) => listOffsets(context, request),
    deleteRecords: (request) => deleteRecords(context, request),
    listGroups: (request) => listGroups(context, request),
    describeGroups: (request) => describeGroups(context, request),
    deleteGroups: (request) => deleteGroups(context, request),
    fetchOffsets: (request) => fetchOffsets(context, request),
    setOffsets: (request) => setOffsets(context, request),
    deleteOffsets: (request) => deleteOffsets(context, request),
    listTransactions: (request) => listTransactions(context, request),
    describeTransactions: (request) => describeTransactions(context, request),
    fenceProducers: (request) => fenceProducers(context, request),
    describeProducers: (request) => describeProducers(context, request),
    abortTransaction: (request) => abortTransaction(context, request),
    describeCluster: () => describeCluster(context),
    close,
    [Symbol.asyncDispose]: close,
  } satisfies Admin);
}
