import { assert } from '@nagare/base';
import type { BrokerSettingName } from './broker-settings.ts';
import { brokerSettings } from './broker-settings.ts';
import { formatValue, parseSetting, type Setting, type SettingValue } from './setting.ts';

/** Where a config's value comes from: the numbers of DescribeConfigs. */
export const configSource = {
  topic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  clientMetrics: 7,
  group: 8,
} as const;

export type ConfigSource = (typeof configSource)[keyof typeof configSource];

/** The texts that stand for a broker's settings, the strongest first; the table's defaults come after them. */
export interface BrokerConfigs {
  /** Set for this broker while it runs. */
  readonly node: ReadonlyMap<string, string>;
  /** Set for all brokers while they run. */
  readonly cluster: ReadonlyMap<string, string>;
  /** Set by flags, environment or file. */
  readonly given: ReadonlyMap<string, string>;
}

/** One of the values that a config has, under one of its names. */
export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

/** The value of a setting whose strongest synonym has its own scale, which is that of the setting. */
export function effectiveValue(name: string, setting: Setting, synonyms: readonly ConfigSynonym[]): SettingValue {
  const winner = synonyms[0];
  if (winner === undefined || winner.value === null) return setting.default as SettingValue;
  const { value } = parseSetting(name, { ...setting, min: -Infinity, max: Infinity }, winner.value);
  assert(value !== undefined, `${winner.name} holds ${winner.value}, which was checked when it was set`);
  return value;
}

/** All values that a broker has for settings of one meaning; the first is the one that counts. */
export function brokerSynonyms(names: readonly BrokerSettingName[], configs: BrokerConfigs): ConfigSynonym[] {
  const synonyms: ConfigSynonym[] = [];
  const add = (source: ConfigSource, textOf: (name: BrokerSettingName) => string | null | undefined) => {
    for (const name of names) {
      const value = textOf(name);
      if (value !== undefined && value !== null) synonyms.push({ name, value, source });
    }
  };
  add(configSource.dynamicBroker, (name) => configs.node.get(name));
  add(configSource.dynamicDefaultBroker, (name) => configs.cluster.get(name));
  add(configSource.staticBroker, (name) => configs.given.get(name));
  add(configSource.default, (name) => formatValue(brokerSettings[name].default));
  return synonyms;
}
