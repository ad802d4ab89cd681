import { type BrokerSettingName, brokerSettings } from './broker-settings.ts';
import {
  type BrokerConfigs,
  brokerSynonyms,
  type ConfigSource,
  type ConfigSynonym,
  configSource,
} from './config-source.ts';
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
  readonly documentation: string;
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
    return entry(name, topicSettings[name], formatValue(effectiveTopicValue(name, synonyms)), synonyms);
  });
}

const brokerSettingNames = Object.keys(brokerSettings).sort() as BrokerSettingName[];

/** Every config of this broker, in the order of their names. */
export function describeBrokerConfig(broker: BrokerConfigs): ConfigEntry[] {
  return brokerSettingNames.map((name) => {
    const synonyms = brokerSynonyms([name], broker);
    return entry(name, brokerSettings[name], synonyms[0]?.value ?? null, synonyms);
  });
}

/** The configs that were set for all brokers while they ran. */
export function describeClusterConfig(cluster: ReadonlyMap<string, string>): ConfigEntry[] {
  return brokerSettingNames.flatMap((name) => {
    const value = cluster.get(name);
    if (value === undefined) return [];
    return [entry(name, brokerSettings[name], value, [{ name, value, source: configSource.dynamicDefaultBroker }])];
  });
}
