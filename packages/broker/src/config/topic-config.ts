import {
  type BrokerConfigs,
  brokerSynonyms,
  type ConfigSynonym,
  configSource,
  effectiveValue,
} from './config-source.ts';
import { camelCase, formatValue, parseSetting, type SettingValue } from './setting.ts';
import { isTopicSetting, type TopicSettingName, type TopicSettings, topicSettings } from './topic-settings.ts';

/** The values that a topic has for one setting; the first is the one that counts, and none means the default. */
export function topicSynonyms(
  name: TopicSettingName,
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfigs,
): ConfigSynonym[] {
  const behind = brokerSynonyms(
    topicSettings[name].broker.map((synonym) => synonym.name),
    broker,
  );
  const own = overrides.get(name);
  return own === undefined ? behind : [{ name, value: own, source: configSource.topic }, ...behind];
}

/** The value that counts among the synonyms of a topic setting. */
export function effectiveTopicValue(name: TopicSettingName, synonyms: readonly ConfigSynonym[]): SettingValue {
  const setting = topicSettings[name];
  const value = effectiveValue(name, setting, synonyms);
  const factor = setting.broker.find((synonym) => synonym.name === synonyms[0]?.name)?.factor ?? 1;
  // A negative number of hours means the same as a negative number of milliseconds: no limit.
  return typeof value === 'number' && value > 0 ? value * factor : value;
}

/** What a topic goes by: its own configs over those of the broker over the defaults. It serves as the logs' `LogConfig`. */
export function resolveTopicSettings(overrides: ReadonlyMap<string, string>, broker: BrokerConfigs): TopicSettings {
  const values: Record<string, SettingValue> = {};
  for (const name of topicSettingNames) values[camelCase(name)] = settingOf(name, overrides, broker);
  return Object.freeze(values) as unknown as TopicSettings;
}

function settingOf(
  name: TopicSettingName,
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfigs,
): SettingValue {
  return effectiveTopicValue(name, topicSynonyms(name, overrides, broker));
}

/** Every topic setting, in the order of their names. */
export const topicSettingNames = Object.keys(topicSettings).sort() as TopicSettingName[];

/** What is wrong with the configs of a topic, in Kafka's words; undefined when nothing is. */
export function topicConfigFault(overrides: ReadonlyMap<string, string>, broker: BrokerConfigs): string | undefined {
  for (const name of overrides.keys()) if (!isTopicSetting(name)) return `Unknown topic config name: ${name}`;
  for (const [name, text] of overrides) {
    const { fault } = parseSetting(name, topicSettings[name as TopicSettingName], text);
    if (fault !== undefined) return fault;
  }
  const min = settingOf('min.compaction.lag.ms', overrides, broker);
  const max = settingOf('max.compaction.lag.ms', overrides, broker);
  if (Number(min) > Number(max)) {
    return `conflict topic config setting min.compaction.lag.ms (${formatValue(min)}) > max.compaction.lag.ms (${formatValue(max)})`;
  }
  return settingOf('remote.storage.enable', overrides, broker) === true
    ? 'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.'
    : undefined;
}
