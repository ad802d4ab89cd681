import { consumerGroupCurrentMemberAssignmentKey } from './consumer-group-current-member-assignment-key.ts';
import { consumerGroupCurrentMemberAssignmentValue } from './consumer-group-current-member-assignment-value.ts';
import { consumerGroupMemberMetadataKey } from './consumer-group-member-metadata-key.ts';
import { consumerGroupMemberMetadataValue } from './consumer-group-member-metadata-value.ts';
import { consumerGroupMetadataKey } from './consumer-group-metadata-key.ts';
import { consumerGroupMetadataValue } from './consumer-group-metadata-value.ts';
import { consumerGroupPartitionMetadataKey } from './consumer-group-partition-metadata-key.ts';
import { consumerGroupPartitionMetadataValue } from './consumer-group-partition-metadata-value.ts';
import { consumerGroupRegularExpressionKey } from './consumer-group-regular-expression-key.ts';
import { consumerGroupRegularExpressionValue } from './consumer-group-regular-expression-value.ts';
import { consumerGroupTargetAssignmentMemberKey } from './consumer-group-target-assignment-member-key.ts';
import { consumerGroupTargetAssignmentMemberValue } from './consumer-group-target-assignment-member-value.ts';
import { consumerGroupTargetAssignmentMetadataKey } from './consumer-group-target-assignment-metadata-key.ts';
import { consumerGroupTargetAssignmentMetadataValue } from './consumer-group-target-assignment-metadata-value.ts';
import { consumerProtocolAssignment } from './consumer-protocol-assignment.ts';
import { consumerProtocolSubscription } from './consumer-protocol-subscription.ts';
import { endTxnMarker } from './end-txn-marker.ts';
import { groupMetadataKey } from './group-metadata-key.ts';
import { groupMetadataValue } from './group-metadata-value.ts';
import { kraftVersionRecord } from './kraft-version-record.ts';
import { leaderChangeMessage } from './leader-change-message.ts';
import { offsetCommitKey } from './offset-commit-key.ts';
import { offsetCommitValue } from './offset-commit-value.ts';
import { quorumStateData } from './quorum-state-data.ts';
import { snapshotFooterRecord } from './snapshot-footer-record.ts';
import { snapshotHeaderRecord } from './snapshot-header-record.ts';
import { transactionLogKey } from './transaction-log-key.ts';
import { transactionLogValue } from './transaction-log-value.ts';
import { votersRecord } from './voters-record.ts';

/** Records of the internal topics, control batches and the embedded consumer protocol. */
export const storedRecords = {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
  transactionLogKey,
  transactionLogValue,
  consumerProtocolSubscription,
  consumerProtocolAssignment,
  endTxnMarker,
  leaderChangeMessage,
  snapshotHeaderRecord,
  snapshotFooterRecord,
  kraftVersionRecord,
  votersRecord,
  quorumStateData,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupRegularExpressionKey,
  consumerGroupRegularExpressionValue,
} as const;
