import { abortTransactionRecord } from './abort-transaction-record.ts';
import { beginTransactionRecord } from './begin-transaction-record.ts';
import { brokerRegistrationChangeRecord } from './broker-registration-change-record.ts';
import { configRecord } from './config-record.ts';
import { endTransactionRecord } from './end-transaction-record.ts';
import { featureLevelRecord } from './feature-level-record.ts';
import { noOpRecord } from './no-op-record.ts';
import { partitionChangeRecord } from './partition-change-record.ts';
import { partitionRecord } from './partition-record.ts';
import { producerIdsRecord } from './producer-ids-record.ts';
import { registerBrokerRecord } from './register-broker-record.ts';
import { registerControllerRecord } from './register-controller-record.ts';
import { removeTopicRecord } from './remove-topic-record.ts';
import { topicRecord } from './topic-record.ts';
import { unregisterBrokerRecord } from './unregister-broker-record.ts';

/** Records of `__cluster_metadata`. */
export const metadataRecords = {
  registerBrokerRecord,
  registerControllerRecord,
  unregisterBrokerRecord,
  topicRecord,
  partitionRecord,
  configRecord,
  partitionChangeRecord,
  removeTopicRecord,
  featureLevelRecord,
  producerIdsRecord,
  brokerRegistrationChangeRecord,
  beginTransactionRecord,
  endTransactionRecord,
  abortTransactionRecord,
  noOpRecord,
} as const;
