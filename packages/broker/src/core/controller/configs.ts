import { brokerConfigFault, isBrokerSetting } from '../../config/broker-config.ts';
import { type BrokerSettingName, brokerSettings } from '../../config/broker-settings.ts';
import type { BrokerConfigs } from '../../config/config-source.ts';
import { formatValue } from '../../config/setting.ts';
import { effectiveTopicValue, topicConfigFault, topicSynonyms } from '../../config/topic-config.ts';
import { isTopicSetting, topicSettings } from '../../config/topic-settings.ts';
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
import { topicNameFault } from './topic-name.ts';

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

/** What the checks of a change need to know besides the image. */
export interface ConfigContext {
  readonly nodeId: number;
  readonly broker: BrokerConfigs;
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
  const malformed = changesFault(resource.changes) ?? resourceFault(resource, context.nodeId);
  if (malformed !== undefined) return refusal('INVALID_REQUEST', malformed);
  const before = configsOf(image, resource);
  const after = new Map(replacesAll ? [] : before);
  for (const change of resource.changes) {
    const fault = applyChange(after, change, { resource, context });
    if (fault !== undefined) return refusal('INVALID_CONFIG', fault);
  }
  return resultFault(image, resource, after, context) ?? configRecords(resource, before, after);
}

function changesFault(changes: readonly ConfigChange[]): string | undefined {
  if (new Set(changes.map(({ name }) => name)).size !== changes.length) return 'Error due to duplicate config keys';
  const nulls = changes.filter(({ operation, value }) => value === null && operation !== 'delete');
  if (nulls.length > 0) return `Null value not supported for : ${nulls.map(({ name }) => name).join(', ')}`;
  return changes.some(({ operation }) => operation === undefined) ? 'Unknown operations type' : undefined;
}

/** Whether configs of the resource can be changed here at all. */
function resourceFault({ type, name }: ConfigResource, nodeId: number): string | undefined {
  if (type === resourceType.topic) {
    return name === '' ? 'Default topic resources are not allowed.' : undefined;
  }
  if (type !== resourceType.broker) return `Unknown resource type ${type}`;
  if (name === '' || name === String(nodeId)) return undefined;
  if (!/^[+-]?\d{1,10}$/.test(name)) return `Node id must be an integer, but it is: ${name}`;
  return `Unexpected broker id, expected ${nodeId}, but received ${name}`;
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
  return isBrokerSetting(name) && brokerSettings[name].type === 'list';
}

/** The list that a resource goes by while it has no value of its own. */
function defaultText({ type }: ConfigResource, name: string, { broker }: ConfigContext): string {
  if (type === resourceType.topic && isTopicSetting(name)) {
    return formatValue(effectiveTopicValue(name, topicSynonyms(name, new Map(), broker)));
  }
  return broker.given.get(name) ?? formatValue(brokerSettings[name as BrokerSettingName].default) ?? '';
}

/** Whether the configs that would come out are good ones. */
function resultFault(
  image: MetadataImage,
  { type, name }: ConfigResource,
  configs: ReadonlyMap<string, string>,
  { broker }: ConfigContext,
): Refusal | undefined {
  if (type === resourceType.broker) {
    const fault = brokerConfigFault(configs);
    return fault === undefined ? undefined : refusal('INVALID_REQUEST', fault);
  }
  const nameFault = topicNameFault(name);
  if (nameFault !== undefined) return refusal('INVALID_TOPIC_EXCEPTION', nameFault);
  const fault = topicConfigFault(configs, broker);
  if (fault !== undefined) return refusal('INVALID_CONFIG', fault);
  if (image.topicsByName.has(name)) return undefined;
  return refusal('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
}

function configRecords(
  { type, name: resourceName }: ConfigResource,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): MetadataRecord[] {
  const record = (name: string, value: string | null): MetadataRecord => {
    return { type: 'configRecord', value: { resourceType: type, resourceName, name, value } };
  };
  const set = [...after].filter(([name, value]) => before.get(name) !== value);
  const removed = [...before.keys()].filter((name) => !after.has(name));
  return [...set.map(([name, value]) => record(name, value)), ...removed.map((name) => record(name, null))];
}
