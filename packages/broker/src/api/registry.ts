import { handleProduce } from './00-produce.ts';
import { handleFetch } from './01-fetch.ts';
import { handleListOffsets } from './02-list-offsets.ts';
import { handleMetadata } from './03-metadata.ts';
import { handleOffsetCommit } from './08-offset-commit.ts';
import { handleOffsetFetch } from './09-offset-fetch.ts';
import { handleFindCoordinator } from './10-find-coordinator.ts';
import { handleJoinGroup } from './11-join-group.ts';
import { handleHeartbeat } from './12-heartbeat.ts';
import { handleLeaveGroup } from './13-leave-group.ts';
import { handleSyncGroup } from './14-sync-group.ts';
import { handleDescribeGroups } from './15-describe-groups.ts';
import { handleListGroups } from './16-list-groups.ts';
import { apiVersionsHandler } from './18-api-versions.ts';
import { handleCreateTopics } from './19-create-topics.ts';
import { handleDeleteTopics } from './20-delete-topics.ts';
import { handleDeleteRecords } from './21-delete-records.ts';
import { handleInitProducerId } from './22-init-producer-id.ts';
import { handleOffsetForLeaderEpoch } from './23-offset-for-leader-epoch.ts';
import { handleAddPartitionsToTxn } from './24-add-partitions-to-txn.ts';
import { handleAddOffsetsToTxn } from './25-add-offsets-to-txn.ts';
import { handleEndTxn } from './26-end-txn.ts';
import { handleWriteTxnMarkers } from './27-write-txn-markers.ts';
import { handleTxnOffsetCommit } from './28-txn-offset-commit.ts';
import { handleDescribeConfigs } from './32-describe-configs.ts';
import { handleAlterConfigs } from './33-alter-configs.ts';
import { handleDescribeLogDirs } from './35-describe-log-dirs.ts';
import { handleCreatePartitions } from './37-create-partitions.ts';
import { handleDeleteGroups } from './42-delete-groups.ts';
import { handleElectLeaders } from './43-elect-leaders.ts';
import { handleIncrementalAlterConfigs } from './44-incremental-alter-configs.ts';
import { handleAlterPartitionReassignments } from './45-alter-partition-reassignments.ts';
import { handleListPartitionReassignments } from './46-list-partition-reassignments.ts';
import { handleOffsetDelete } from './47-offset-delete.ts';
import { handleDescribeClientQuotas } from './48-describe-client-quotas.ts';
import { handleDescribeQuorum } from './55-describe-quorum.ts';
import { handleUpdateFeatures } from './57-update-features.ts';
import { handleDescribeCluster } from './60-describe-cluster.ts';
import { handleDescribeProducers } from './61-describe-producers.ts';
import { handleDescribeTransactions } from './65-describe-transactions.ts';
import { handleListTransactions } from './66-list-transactions.ts';
import { handleConsumerGroupHeartbeat } from './68-consumer-group-heartbeat.ts';
import { handleConsumerGroupDescribe } from './69-consumer-group-describe.ts';
import { handleListConfigResources } from './74-list-config-resources.ts';
import { handleDescribeTopicPartitions } from './75-describe-topic-partitions.ts';
import type { Handler } from './define-handler.ts';

/** Every API key that the broker serves, in their order: what is not here is not advertised. */
export const handlers: readonly Handler[] = [
  handleProduce,
  handleFetch,
  handleListOffsets,
  handleMetadata,
  handleOffsetCommit,
  handleOffsetFetch,
  handleFindCoordinator,
  handleJoinGroup,
  handleHeartbeat,
  handleLeaveGroup,
  handleSyncGroup,
  handleDescribeGroups,
  handleListGroups,
  apiVersionsHandler(() => handlers),
  handleCreateTopics,
  handleDeleteTopics,
  handleDeleteRecords,
  handleInitProducerId,
  handleOffsetForLeaderEpoch,
  handleAddPartitionsToTxn,
  handleAddOffsetsToTxn,
  handleEndTxn,
  handleWriteTxnMarkers,
  handleTxnOffsetCommit,
  handleDescribeConfigs,
  handleAlterConfigs,
  handleDescribeLogDirs,
  handleCreatePartitions,
  handleDeleteGroups,
  handleElectLeaders,
  handleIncrementalAlterConfigs,
  handleAlterPartitionReassignments,
  handleListPartitionReassignments,
  handleOffsetDelete,
  handleDescribeClientQuotas,
  handleDescribeQuorum,
  handleUpdateFeatures,
  handleDescribeCluster,
  handleDescribeProducers,
  handleDescribeTransactions,
  handleListTransactions,
  handleConsumerGroupHeartbeat,
  handleConsumerGroupDescribe,
  handleListConfigResources,
  handleDescribeTopicPartitions,
];

const byKey: readonly (Handler | undefined)[] = handlers.reduce<(Handler | undefined)[]>((list, handler) => {
  list[handler.api.key] = handler;
  return list;
}, []);

export function handlerOf(key: number): Handler | undefined {
  return byKey[key];
}
