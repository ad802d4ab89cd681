import { isBrokerSetting } from '../../config/broker-config.ts';
import { type BrokerSettingName, brokerSettings } from '../../config/broker-settings.ts';
import { clientMetricsSettings, isClientMetricsConfig } from '../../config/client-metrics-config.ts';
import { formatValue } from '../../config/setting.ts';
import { effectiveTopicValue, topicSynonyms } from '../../config/topic-config.ts';
import { isTopicSetting, topicSettings } from '../../config/topic-settings.ts';
import { type ConfigContext, changedNamesFault, configsFault, resourceFault } from './config-rules.ts';
import {
  accepted,
  type Decision,
  type Outcome,
  type Refusal,
  recordsMax,
  refusal,
  tooManyRecords,
} from './decision.ts';
import { type ConfigResource, configsOf, type MetadataImage, resourceKey, resourceType } from './image.ts';
import type { MetadataRecord } from './records.ts';
import { repeated } from './repeated.ts';

/** What can be done to a config. */
export type ConfigOperation = 'set' | 'delete' | 'append' | 'subtract';

/** Kafka's numbers for them, in order from 0. */
export const configOperations: readonly ConfigOperation[] = ['set', 'delete', 'append', 'subtract'];

export interface ConfigChange {
  readonly name: string;
  /** Undefined for a number that Kafka does not have. */
  readonly operation: ConfigOperation | undefined;
  readonly value: string | null;
}

/** The changes of one resource. */
export interface ResourceChanges extends ConfigResource {
  readonly changes: readonly ConfigChange[];
}

export interface AlterConfigsCommand {
  readonly resources: readonly ResourceChanges[];
  /** True for the older AlterConfigs: what is not named goes back to its default. */
  readonly replacesAll: boolean;
  readonly validateOnly: boolean;
}

/** Changes configs; each resource succeeds or fails by itself, and the outcomes are in the order of the command. */
export function alterConfigs(
  image: MetadataImage,
  { resources, replacesAll, validateOnly }: AlterConfigsCommand,
  context: ConfigContext,
): Decision<readonly (Outcome & ConfigResource)[]> {
  const records: MetadataRecord[] = [];
  const duplicates = repeated(resources.map(resourceKey));
  const response = resources.map((resource) => {
    const { type, name } = resource;
    const altered = duplicates.has(resourceKey(resource))
      ? refusal('INVALID_REQUEST', 'Each resource must appear at most once.')
      : alterResource(image, resource, { replacesAll, context });
    if ('error' in altered) return { type, name, ...altered };
    if (records.length + altered.length > recordsMax) return { type, name, ...tooManyRecords };
    records.push(...altered);
    return { type, name, ...accepted };
  });
  return { records: validateOnly ? [] : records, response };
}

function alterResource(
  image: MetadataImage,
  resource: ResourceChanges,
  { replacesAll, context }: { readonly replacesAll: boolean; readonly context: ConfigContext },
): MetadataRecord[] | Refusal {
  const { changes } = resource;
  if (changes.some(({ operation }) => operation === undefined)) return { error: 'UNKNOWN_SERVER_ERROR', message: null };
  const malformed = changesFault(changes) ?? resourceFault(resource, context.nodeId);
  if (malformed !== undefined) return refusal('INVALID_REQUEST', malformed);
  if (resource.type === resourceType.brokerLogger)
    return replacesAll ? unknownType(resource) : (loggerFault(changes) ?? []);
  const before = configsOf(image, resource);
  const after = new Map(replacesAll ? [] : before);
  for (const change of changes) {
    const fault = applyChange(after, change, { resource, context });
    if (fault !== undefined) return refusal('INVALID_CONFIG', fault);
  }
  const changed = difference(before, after);
  const refused = changedNamesFault(image, resource, changed) ?? configsFault(image, resource, after, context);
  return refused ?? configRecords(resource, changed);
}

function changesFault(changes: readonly ConfigChange[]): string | undefined {
  if (new Set(changes.map(({ name }) => name)).size !== changes.length) return 'Error due to duplicate config keys';
  const nulls = changes.filter(({ operation, value }) => value === null && operation !== 'delete');
  return nulls.length > 0 ? `Null value not supported for : ${nulls.map(({ name }) => name).join(', ')}` : undefined;
}

function unknownType({ type }: ConfigResource): Refusal {
  return refusal('INVALID_REQUEST', `Unknown resource type ${type}`);
}

/** No logger of the broker has a name: its level is that of the program around it. */
function loggerFault(changes: readonly ConfigChange[]): Refusal | undefined {
  for (const { name, operation } of changes) {
    if (operation === 'append' || operation === 'subtract') {
      const message = `${operation.toUpperCase()} operation is not allowed for the BROKER_LOGGER resource`;
      return refusal('INVALID_REQUEST', message);
    }
    return refusal('INVALID_CONFIG', `Logger ${name} does not exist!`);
  }
  return undefined;
}

/** Applies one change to the configs of a resource; returns what forbids it. */
function applyChange(
  configs: Map<string, string>,
  { name, operation, value }: ConfigChange,
  { resource, context }: { resource: ConfigResource; context: ConfigContext },
): string | undefined {
  if (operation === 'delete' || value === null) {
    configs.delete(name);
    return undefined;
  }
  if (operation === 'set' || operation === undefined) {
    configs.set(name, value);
    return undefined;
  }
  if (!isList(resource, name)) {
    return `Can't ${operation.toUpperCase()} to key ${name} because its type is not LIST.`;
  }
  const old = partsOf(configs.get(name) ?? defaultText(resource, name, context));
  const parts = value.split(',').map((part) => part.trim());
  const changed =
    operation === 'append'
      ? [...old, ...parts.filter((part, index) => !old.includes(part) && parts.indexOf(part) === index)]
      : old.filter((part) => !parts.includes(part));
  configs.set(name, changed.join(','));
  return undefined;
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isList({ type }: ConfigResource, name: string): boolean {
  if (type === resourceType.topic) return isTopicSetting(name) && topicSettings[name].type === 'list';
  if (type === resourceType.clientMetrics) {
    return isClientMetricsConfig(name) && clientMetricsSettings[name].type === 'list';
  }
  return type === resourceType.broker && isBrokerSetting(name) && brokerSettings[name].type === 'list';
}

/** The list that a resource goes by while it has no value of its own. */
function defaultText({ type }: ConfigResource, name: string, { broker }: ConfigContext): string {
  if (type === resourceType.topic && isTopicSetting(name)) {
    return formatValue(effectiveTopicValue(name, topicSynonyms(name, new Map(), broker)));
  }
  if (type === resourceType.clientMetrics) return '';
  return broker.given.get(name) ?? formatValue(brokerSettings[name as BrokerSettingName].default) ?? '';
}

/** What is another value afterwards; null where there is none any more. */
function difference(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | null> {
  const changed = new Map<string, string | null>([...after].filter(([name, value]) => before.get(name) !== value));
  for (const name of before.keys()) if (!after.has(name)) changed.set(name, null);
  return changed;
}

function configRecords(
  { type, name: resourceName }: ConfigResource,
  changed: ReadonlyMap<string, string | null>,
): MetadataRecord[] {
  return [...changed].map(([name, value]): MetadataRecord => {
    return { type: 'configRecord', value: { resourceType: type, resourceName, name, value } };
  });
}
