import { type BrokerSettingName, brokerSettings } from './broker-settings.ts';
import { parseSetting } from './setting.ts';

export function isBrokerSetting(name: string): name is BrokerSettingName {
  return Object.hasOwn(brokerSettings, name);
}

/** What is wrong with configs that a running broker is to take, in Kafka's words; undefined when nothing is. */
export function brokerConfigFault(configs: ReadonlyMap<string, string>): string | undefined {
  const fixed = [...configs.keys()].filter((name) => !isBrokerSetting(name) || !brokerSettings[name].isDynamic);
  if (fixed.length > 0) return `Cannot update these configs dynamically: Set(${fixed.join(', ')})`;
  for (const [name, text] of configs) {
    const { fault } = parseSetting(name, brokerSettings[name as BrokerSettingName], text);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
