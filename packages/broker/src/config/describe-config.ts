import { isBrokerSetting } from './broker-config.ts';
import { type BrokerSettingName, brokerSettings } from './broker-settings.ts';
import { clientMetricsNames, clientMetricsSettings } from './client-metrics-config.ts';
import {
  type BrokerConfigs,
  brokerSynonyms,
  type ConfigSource,
  type ConfigSynonym,
  configSource,
  effectiveValue,
} from './config-source.ts';
import { groupConfigNames, groupConfigSettings, groupSynonyms } from './group-config.ts';
import { formatValue, type Setting, type SettingType } from './setting.ts';
import { effectiveTopicValue, topicSettingNames, topicSynonyms } from './topic-config.ts';
import { topicSettings } from './topic-settings.ts';

/** A config as DescribeConfigs tells it. */
export interface ConfigEntry {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: ConfigSource;
  readonly isSensitive: boolean;
  readonly synonyms: readonly ConfigSynonym[];
  readonly configType: number;
  readonly documentation: string | null;
}

/** The numbers of the types in DescribeConfigs. */
const typeNumbers: Readonly<Record<SettingType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
};

function entry(name: string, setting: Setting, value: string | null, synonyms: readonly ConfigSynonym[]): ConfigEntry {
  return {
    name,
    value,
    readOnly: !setting.isDynamic,
    configSource: synonyms[0]?.source ?? configSource.default,
    isSensitive: false,
    synonyms,
    configType: typeNumbers[setting.type],
    documentation: setting.text,
  };
}

/** Every config of a topic, in the order of their names. */
export function describeTopicConfig(overrides: ReadonlyMap<string, string>, broker: BrokerConfigs): ConfigEntry[] {
  return topicSettingNames.map((name) => {
    const synonyms = topicSynonyms(name, overrides, broker);
    const value = formatValue(effectiveTopicValue(name, synonyms));
    return entry(name, topicSettings[name], value, toldSynonyms(name, synonyms));
  });
}

/** Kafka tells of a broker's settings only from the one in the same unit on: milliseconds, and what stands behind them. */
function toldSynonyms(name: keyof typeof topicSettings, synonyms: readonly ConfigSynonym[]): readonly ConfigSynonym[] {
  const [own] = synonyms;
  const isSet = own?.source === configSource.topic;
  const behind = isSet ? synonyms.slice(1) : synonyms;
  const first = behind.findIndex((synonym) => synonym.name === topicSettings[name].broker[0]?.name);
  const told = first < 0 ? [] : behind.slice(first);
  return isSet && own !== undefined ? [own, ...told] : told;
}

/** Every config of a group, in the order of their names. */
export function describeGroupConfig(overrides: ReadonlyMap<string, string>, broker: BrokerConfigs): ConfigEntry[] {
  return groupConfigNames.map((name) => {
    const synonyms = groupSynonyms(name, overrides, broker);
    const setting = groupConfigSettings[name];
    return entry(name, setting, formatValue(effectiveValue(name, setting, synonyms)), synonyms);
  });
}

/** Every config of a subscription to clients' metrics, in the order of their names. */
export function describeClientMetrics(configs: ReadonlyMap<string, string>): ConfigEntry[] {
  return clientMetricsNames.map((name) => {
    const setting = clientMetricsSettings[name];
    const value = configs.get(name);
    const synonyms = value === undefined ? [] : [{ name, value, source: configSource.clientMetrics }];
    return entry(name, setting, value ?? formatValue(setting.default), synonyms);
  });
}

const brokerSettingNames = Object.keys(brokerSettings).sort() as BrokerSettingName[];

/** The settings of one meaning in their several units, the strongest first, that one belongs to. */
function familyOf(name: BrokerSettingName): readonly BrokerSettingName[] {
  const families = topicSettingNames.map((topicName) => topicSettings[topicName].broker.map((member) => member.name));
  return families.find((family) => family.includes(name)) ?? [name];
}

/** Every config of this broker, in the order of their names. */
export function describeBrokerConfig(broker: BrokerConfigs): ConfigEntry[] {
  const known = brokerSettingNames.map((name) => {
    const family = brokerSynonyms(familyOf(name), broker);
    const first = family.findIndex((synonym) => synonym.name === name);
    const synonyms = first < 0 ? [] : family.slice(first);
    return entry(name, brokerSettings[name], synonyms[0]?.value ?? null, synonyms);
  });
  return [...known, ...foreignConfigs(broker.node, configSource.dynamicBroker)];
}

/** The configs that were set for all brokers while they ran. */
export function describeClusterConfig(cluster: ReadonlyMap<string, string>): ConfigEntry[] {
  const source = configSource.dynamicDefaultBroker;
  const known = brokerSettingNames.flatMap((name) => {
    const value = cluster.get(name);
    return value === undefined ? [] : [entry(name, brokerSettings[name], value, [{ name, value, source }])];
  });
  return [...known, ...foreignConfigs(cluster, source)];
}

/** What was set under names that the broker does not know: it may be a secret of something else. */
function foreignConfigs(configs: ReadonlyMap<string, string>, source: ConfigSource): ConfigEntry[] {
  const names = [...configs.keys()].filter((name) => !isBrokerSetting(name));
  return names.map((name) => ({
    ...{ name, value: null, readOnly: true, configSource: source, isSensitive: true },
    ...{ synonyms: [{ name, value: null, source }], configType: 0, documentation: null },
  }));
}
