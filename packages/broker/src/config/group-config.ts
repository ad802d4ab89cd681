import type { BrokerSettingName } from './broker-settings.ts';
import {
  type BrokerConfigs,
  brokerSynonyms,
  type ConfigSynonym,
  configSource,
  effectiveValue,
} from './config-source.ts';
import { camelCase, int, parseSetting, type Setting, type SettingValue, type SettingValues } from './setting.ts';

/** A setting of one group: a setting of the broker stands behind it, and two more bound it. */
export type GroupSetting<Value = unknown> = Setting<Value> & {
  readonly broker: BrokerSettingName;
  readonly least: BrokerSettingName;
  readonly most: BrokerSettingName;
};

function of<Value>(
  setting: Setting<Value>,
  broker: BrokerSettingName,
  [least, most]: readonly [BrokerSettingName, BrokerSettingName],
): GroupSetting<Value> {
  return Object.freeze({ ...setting, isDynamic: true, broker, least, most });
}

/** Every setting that a group can have of its own (KIP-1043), by Kafka's name. */
export const groupConfigSettings = {
  'consumer.session.timeout.ms': of(
    int({
      default: 45_000,
      min: 1,
      unit: 'ms',
      text: 'After how long without a heartbeat a member of the group is taken for lost.',
    }),
    'group.consumer.session.timeout.ms',
    ['group.consumer.min.session.timeout.ms', 'group.consumer.max.session.timeout.ms'],
  ),
  'consumer.heartbeat.interval.ms': of(
    int({ default: 5000, min: 1, unit: 'ms', text: 'How often members of the group are told to send heartbeats.' }),
    'group.consumer.heartbeat.interval.ms',
    ['group.consumer.min.heartbeat.interval.ms', 'group.consumer.max.heartbeat.interval.ms'],
  ),
  'consumer.assignment.interval.ms': of(
    int({ default: 1000, min: 0, unit: 'ms', text: 'The least time between two assignments of the group.' }),
    'group.consumer.assignment.interval.ms',
    ['group.consumer.min.assignment.interval.ms', 'group.consumer.max.assignment.interval.ms'],
  ),
};

export type GroupConfigName = keyof typeof groupConfigSettings;

/** What one group goes by. */
export type GroupConfig = SettingValues<typeof groupConfigSettings>;

export const groupConfigNames = Object.keys(groupConfigSettings).sort() as GroupConfigName[];

export function isGroupConfig(name: string): name is GroupConfigName {
  return Object.hasOwn(groupConfigSettings, name);
}

/** The values that a group has for one setting; the first is the one that counts. */
export function groupSynonyms(
  name: GroupConfigName,
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfigs,
): ConfigSynonym[] {
  const behind = brokerSynonyms([groupConfigSettings[name].broker], broker);
  const own = overrides.get(name);
  return own === undefined ? behind : [{ name, value: own, source: configSource.group }, ...behind];
}

/** What a group goes by: its own configs over those of the broker over the defaults. */
export function resolveGroupConfig(overrides: ReadonlyMap<string, string>, broker: BrokerConfigs): GroupConfig {
  const values: Record<string, SettingValue> = {};
  for (const name of groupConfigNames) {
    values[camelCase(name)] = effectiveValue(name, groupConfigSettings[name], groupSynonyms(name, overrides, broker));
  }
  return Object.freeze(values) as unknown as GroupConfig;
}

/** What is wrong with the configs of a group, in Kafka's words; undefined when nothing is. */
export function groupConfigFault(overrides: ReadonlyMap<string, string>, broker: BrokerConfigs): string | undefined {
  for (const name of overrides.keys()) if (!isGroupConfig(name)) return `Unknown group config name: ${name}`;
  for (const [name, text] of overrides) {
    const { fault } = parseSetting(name, groupConfigSettings[name as GroupConfigName], text);
    if (fault !== undefined) return fault;
  }
  for (const name of groupConfigNames) {
    const fault = overrides.has(name) ? boundsFault(name, overrides, broker) : undefined;
    if (fault !== undefined) return fault;
  }
  const { consumerSessionTimeoutMs, consumerHeartbeatIntervalMs } = resolveGroupConfig(overrides, broker);
  return consumerSessionTimeoutMs > consumerHeartbeatIntervalMs
    ? undefined
    : 'consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms';
}

function boundsFault(
  name: GroupConfigName,
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfigs,
): string | undefined {
  const setting = groupConfigSettings[name];
  const value = effectiveValue(name, setting, groupSynonyms(name, overrides, broker));
  const bound = (other: BrokerSettingName) => effectiveValue(name, setting, brokerSynonyms([other], broker));
  if (value < bound(setting.least)) return `${name} must be greater than or equal to ${setting.least}`;
  if (value > bound(setting.most)) return `${name} must be less than or equal to ${setting.most}`;
  return undefined;
}
