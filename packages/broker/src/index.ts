export { renderSettings } from './config/render-settings.ts';
export type { SettingSources } from './config/resolve-settings.ts';
export { dataDirectoryOf, resolveSettings } from './config/resolve-settings.ts';
export type { SettingValue } from './config/setting.ts';
export type { Broker, BrokerOptions } from './create-broker.ts';
export { createBroker } from './create-broker.ts';
export type { BrokerErrorCode } from './errors.ts';
export { BrokerError, brokerErrors } from './errors.ts';
