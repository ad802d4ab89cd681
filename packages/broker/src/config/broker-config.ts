import { type BrokerSettingName, type BrokerSettings, brokerSettings } from './broker-settings.ts';
import type { BrokerConfigs } from './config-source.ts';
import { camelCase, parseSetting } from './setting.ts';

export function isBrokerSetting(name: string): name is BrokerSettingName {
  return Object.hasOwn(brokerSettings, name);
}

/**
 * What is wrong with configs that a running broker is to take, in Kafka's words; undefined when nothing is. Names that are
 * not the broker's are kept for whoever knows them.
 */
export function brokerConfigFault(configs: ReadonlyMap<string, string>): string | undefined {
  const fixed = [...configs.keys()].filter((name) => isBrokerSetting(name) && !brokerSettings[name].isDynamic);
  if (fixed.length > 0) return `Cannot update these configs dynamically: [${fixed.join(', ')}]`;
  for (const [name, text] of configs) {
    if (!isBrokerSetting(name)) continue;
    const { fault } = parseSetting(name, brokerSettings[name], text);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What a running broker goes by: what was set for it while it ran, over what was set for all, over what it began with. */
export function effectiveSettings(settings: BrokerSettings, { node, cluster }: BrokerConfigs): BrokerSettings {
  if (node.size === 0 && cluster.size === 0) return settings;
  const values: Record<string, unknown> = { ...settings };
  for (const [name, text] of [...cluster, ...node]) {
    if (!isBrokerSetting(name)) continue;
    const { value } = parseSetting(name, brokerSettings[name], text);
    if (value !== undefined) values[camelCase(name)] = value;
  }
  return Object.freeze(values) as unknown as BrokerSettings;
}
