export { partitionForKey } from '@nagare/protocol';
export type {
  AbortTransactionRequest,
  Admin,
  AdminOptions,
  BrokerDescription,
  ClusterDescription,
  ConfigChange,
  ConfigDescription,
  ConfigEntry,
  ConfigResource,
  ConfigResourceType,
  ConfigSource,
  CreatedTopic,
  FencedProducer,
  GroupDescription,
  GroupListing,
  GroupMemberDescription,
  ListedOffset,
  NewTopic,
  OffsetSpec,
  PartitionDescription,
  PartitionProducers,
  ProducerDescription,
  TopicDescription,
  TopicListing,
  TransactionDescription,
  TransactionListing,
} from './admin/admin.ts';
export type { Client, ClientOptions } from './client.ts';
export { createClient } from './client.ts';
export type {
  AssignorName,
  BatchContext,
  CommitOffset,
  Consumer,
  ConsumerOptions,
  ConsumerRun,
  FetchedPartition,
  GroupMetadata,
  Message,
  MessageContext,
  RebalanceListener,
  RecordCursor,
  RunOptions,
  Subscription,
} from './consumer.ts';
export type { BrokerList, ClientPlatform } from './context.ts';
export type { Assignor, GroupSubscription, MemberAssignment } from './core/assignors/assignor.ts';
export type { ClientErrorCode, ClientErrorOptions } from './errors.ts';
export { ClientError, clientErrors } from './errors.ts';
export type {
  Acks,
  BatchDelivery,
  Compression,
  OutgoingMessage,
  Producer,
  ProducerOptions,
  ProducerSend,
  RecordMetadata,
} from './producer.ts';
export type {
  Header,
  HeadersInit,
  HeaderValue,
  TopicPartition,
  TopicPartitionOffset,
} from './record.ts';
export type { Transaction, TransactionEndOptions, TransactionOffsets } from './transaction.ts';
