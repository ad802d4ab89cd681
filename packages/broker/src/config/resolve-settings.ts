import { BrokerError } from '../errors.ts';
import { type BrokerSettingName, type BrokerSettings, brokerSettings } from './broker-settings.ts';
import { settingsFault } from './check-settings.ts';
import { settingsOfEnvironment } from './environment.ts';
import { parseProperties } from './parse-properties.ts';
import { camelCase, parseSetting, type Setting, type SettingValue } from './setting.ts';
import { suggest } from './suggest.ts';

/** Where settings may come from, the strongest first. */
export interface SettingSources {
  /** From the command line or the embedding program, by dotted name. */
  readonly flags?: Readonly<Record<string, SettingValue | undefined>>;
  /** The process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The text of a .properties file. */
  readonly fileText?: string;
}

/** Names that are no settings, or no longer, with what to do. */
const removed: Readonly<Record<string, string>> = {
  'zookeeper.connect': 'Kafka has no ZooKeeper since 4.0: remove it',
  'zookeeper.connection.timeout.ms': 'Kafka has no ZooKeeper since 4.0: remove it',
  'inter.broker.protocol.version': 'gone since Kafka 4.0: remove it',
  'log.message.format.version': 'gone since Kafka 4.0: remove it',
  'log.message.timestamp.difference.max.ms':
    'gone since Kafka 4.0: use log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms',
  'cluster.id': 'use the variable CLUSTER_ID or the setting nagare.cluster.id',
  'advertised.host.name': 'gone since Kafka 3.0: use advertised.listeners',
  'advertised.port': 'gone since Kafka 3.0: use advertised.listeners',
};

interface Given {
  readonly text: string;
  /** How a message names the place. */
  readonly origin: string;
}

/**
 * The settings of a broker: flags before environment before file before defaults.
 *
 * @throws {BrokerError} `NAGARE_BROKER_SETTING_UNKNOWN` for a name that no setting has, `NAGARE_BROKER_SETTING_INVALID` for a
 * value out of its limits or settings that contradict each other.
 * @example
 * ```ts
 * const settings = resolveSettings({ flags: { 'num.partitions': 3 }, environment: process.env });
 * settings.numPartitions; // 3
 * ```
 */
export function resolveSettings(sources: SettingSources = {}): BrokerSettings {
  const given = collect(sources);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(brokerSettings)) values[camelCase(name)] = setting.default;
  for (const [name, { text, origin }] of given) {
    const parsed = parseSetting(name, settingOf(name, origin), text);
    if (parsed.fault !== undefined) throw new BrokerError('NAGARE_BROKER_SETTING_INVALID', `${parsed.fault}${origin}`);
    values[camelCase(name)] = parsed.value;
  }
  if (!given.has('node.id') && values.brokerId !== -1) values.nodeId = values.brokerId;
  values.given = new Map([...given].map(([name, { text }]) => [name, text]));
  const settings = Object.freeze(values) as unknown as BrokerSettings;
  const fault = settingsFault(settings);
  if (fault !== undefined) throw new BrokerError('NAGARE_BROKER_SETTING_INVALID', fault);
  return settings;
}

function collect({ flags = {}, environment = {}, fileText = '' }: SettingSources): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [name, text] of propertiesOf(fileText)) given.set(name, { text, origin: ', from the file' });
  for (const [name, { variable, text }] of settingsOfEnvironment(environment)) {
    given.set(name, { text, origin: `, from variable ${variable}` });
  }
  for (const [name, value] of Object.entries(flags)) {
    if (value !== undefined) given.set(name, { text: String(value), origin: '' });
  }
  return given;
}

function propertiesOf(fileText: string): Map<string, string> {
  try {
    return parseProperties(fileText);
  } catch (cause) {
    throw new BrokerError('NAGARE_BROKER_SETTING_INVALID', `in the file, ${(cause as Error).message}`, { cause });
  }
}

function settingOf(name: string, origin: string): Setting {
  if (Object.hasOwn(brokerSettings, name)) return brokerSettings[name as BrokerSettingName];
  const known = Object.hasOwn(removed, name) ? removed[name] : undefined;
  const near = suggest(name, Object.keys(brokerSettings));
  const hint = known ?? (near === undefined ? undefined : `did you mean ${near}?`);
  throw new BrokerError('NAGARE_BROKER_SETTING_UNKNOWN', `${name}${origin}${hint === undefined ? '' : `; ${hint}`}`);
}

/** The data directory that the settings name, as written; undefined when they name none. */
export function dataDirectoryOf({ logDirs, logDir }: BrokerSettings): string | undefined {
  return logDirs?.[0] ?? logDir ?? undefined;
}
