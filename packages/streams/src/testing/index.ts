export type { TestInputOptions } from './test-input-topic.ts';
export { TestInputTopic } from './test-input-topic.ts';
export type { TestRecord } from './test-output-topic.ts';
export { TestOutputTopic } from './test-output-topic.ts';
export type { TestDriverOptions, TopicSerdes } from './topology-test-driver.ts';
export { TopologyTestDriver } from './topology-test-driver.ts';
