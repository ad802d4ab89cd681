export { renderSettings } from './config/render-settings.ts';
export type { SettingSources } from './config/resolve-settings.ts';
export { dataDirectoryOf, resolveSettings } from './config/resolve-settings.ts';
export type { SettingValue } from './config/setting.ts';
export type { Broker, BrokerOptions } from './create-broker.ts';
export { createBroker } from './create-broker.ts';
export type {
  BrokerTopics,
  Decoder,
  NewRecord,
  NewTopicOptions,
  ReadOptions,
  TopicRecord,
} from './embedded/broker-topics.ts';
export type { ApiName, Fault, FaultMatch, Faults, RequestNamed } from './embedded/fault-plan.ts';
export type { VirtualClock } from './embedded/virtual-clock.ts';
export { createVirtualClock } from './embedded/virtual-clock.ts';
export type { BrokerErrorCode } from './errors.ts';
export { BrokerError, brokerErrors } from './errors.ts';
