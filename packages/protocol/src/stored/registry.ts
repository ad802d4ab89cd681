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
} as const;
