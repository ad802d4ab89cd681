import { consumerGroupSettings } from './broker-settings/consumer-group-settings.ts';
import { groupSettings } from './broker-settings/group-settings.ts';
import { identitySettings } from './broker-settings/identity-settings.ts';
import { logSettings } from './broker-settings/log-settings.ts';
import { networkSettings } from './broker-settings/network-settings.ts';
import { topicDefaultSettings } from './broker-settings/topic-default-settings.ts';
import { transactionSettings } from './broker-settings/transaction-settings.ts';
import type { SettingValues } from './setting.ts';

/** Every setting of the broker, by Kafka's name. */
export const brokerSettings = {
  ...identitySettings,
  ...networkSettings,
  ...topicDefaultSettings,
  ...logSettings,
  ...groupSettings,
  ...consumerGroupSettings,
  ...transactionSettings,
};

export type BrokerSettingName = keyof typeof brokerSettings;

/** The settings of a running broker: parsed values in camel case, and the texts that were given. */
export type BrokerSettings = SettingValues<typeof brokerSettings> & {
  /** What the operator set, by dotted name: the "static" configs of DescribeConfigs. */
  readonly given: ReadonlyMap<string, string>;
};
