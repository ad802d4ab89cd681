import { brokerConfigFault } from '../../config/broker-config.ts';
import { clientMetricsFault } from '../../config/client-metrics-config.ts';
import type { BrokerConfigs } from '../../config/config-source.ts';
import { groupConfigFault } from '../../config/group-config.ts';
import { topicConfigFault } from '../../config/topic-config.ts';
import { type Refusal, refusal } from './decision.ts';
import { elrFeature } from './features.ts';
import { type ConfigResource, type MetadataImage, resourceType } from './image.ts';
import { topicNameFault } from './topic-name.ts';

/** What the checks of a change need to know besides the image. */
export interface ConfigContext {
  readonly nodeId: number;
  readonly broker: BrokerConfigs;
}

const valueLengthMax = 32_767;
const minInSyncReplicas = 'min.insync.replicas';

/** Whether configs of the resource can be changed here at all. */
export function resourceFault({ type, name }: ConfigResource, nodeId: number): string | undefined {
  switch (type) {
    case resourceType.topic:
      return name === '' ? 'Default topic resources are not allowed.' : undefined;
    case resourceType.group:
      return name === '' ? 'Default group resources are not allowed.' : undefined;
    case resourceType.clientMetrics:
      return name === '' ? "Subscription name can't be empty" : undefined;
    case resourceType.broker:
      return name === '' || name === String(nodeId) ? undefined : nodeFault(name, `broker id, expected ${nodeId},`);
    case resourceType.brokerLogger:
      return name === String(nodeId) ? undefined : nodeFault(name, `node id. Expected ${nodeId},`);
    default:
      return `Unknown resource type ${type}`;
  }
}

function nodeFault(name: string, expected: string): string {
  if (!/^[+-]?\d{1,10}$/.test(name)) return `Node id must be an integer, but it is: ${name}`;
  return `Unexpected ${expected} but received ${name}`;
}

/** What forbids single changes, whatever comes out. */
export function changedNamesFault(
  image: MetadataImage,
  { type, name }: ConfigResource,
  changed: ReadonlyMap<string, string | null>,
): Refusal | undefined {
  const value = changed.get(minInSyncReplicas);
  if (type === resourceType.broker && value !== undefined && (image.features.get(elrFeature) ?? 0) > 0) {
    if (name !== '') {
      return refusal('INVALID_CONFIG', 'Broker-level min.insync.replicas cannot be altered while ELR is enabled.');
    }
    if (value === null) {
      return refusal('INVALID_CONFIG', 'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.');
    }
  }
  if (![...changed.values()].some((text) => text !== null && text.length > valueLengthMax)) return undefined;
  return refusal(
    'INVALID_CONFIG',
    `The configuration value cannot be added because it exceeds the maximum value size of ${valueLengthMax} bytes.`,
  );
}

/** Whether the configs that would come out are good ones. */
export function configsFault(
  image: MetadataImage,
  resource: ConfigResource,
  configs: ReadonlyMap<string, string>,
  { broker }: ConfigContext,
): Refusal | undefined {
  switch (resource.type) {
    case resourceType.topic:
      return topicFault(image, resource.name, configs, broker);
    case resourceType.broker:
      return refused('INVALID_REQUEST', brokerConfigFault(configs));
    case resourceType.group:
      return refused('INVALID_CONFIG', groupConfigFault(configs, broker));
    case resourceType.clientMetrics: {
      const fault = clientMetricsFault(configs);
      return refused(fault?.kind === 'request' ? 'INVALID_REQUEST' : 'INVALID_CONFIG', fault?.message);
    }
    default:
      return undefined;
  }
}

function refused(error: Refusal['error'], message: string | undefined): Refusal | undefined {
  return message === undefined ? undefined : refusal(error, message);
}

function topicFault(
  image: MetadataImage,
  name: string,
  configs: ReadonlyMap<string, string>,
  broker: BrokerConfigs,
): Refusal | undefined {
  const nameFault = topicNameFault(name);
  if (nameFault !== undefined) return refusal('INVALID_TOPIC_EXCEPTION', nameFault);
  const fault = topicConfigFault(configs, broker);
  if (fault !== undefined) return refusal('INVALID_CONFIG', fault);
  if (image.topicsByName.has(name)) return undefined;
  return refusal('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
}
