export type { InternalTopic } from '../topology/internal-topics.ts';
export { internalTopicsOf } from '../topology/internal-topics.ts';
export type {
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  ReadOnlyVersionedKeyValueStore,
  ReadOnlyWindowStore,
} from './cluster/merged-stores.ts';
export type { TestIsolation } from './cluster/partition-log.ts';
export type { TestReadOptions, TestTopicRecord } from './cluster/topic-reader.ts';
export type { ClusterDriverOptions, ClusterInputOptions } from './cluster-test-driver.ts';
export { ClusterTestDriver } from './cluster-test-driver.ts';
export type { TestInputOptions, TestRecordInput } from './test-input-topic.ts';
export { TestInputTopic } from './test-input-topic.ts';
export type { TestRecord } from './test-output-topic.ts';
export { TestOutputTopic } from './test-output-topic.ts';
export type { TestDriverOptions, TopicSerdes } from './topology-test-driver.ts';
export { TopologyTestDriver } from './topology-test-driver.ts';
