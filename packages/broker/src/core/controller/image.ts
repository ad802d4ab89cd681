import type { BrokerConfigs } from '../../config/config-source.ts';

export interface PartitionImage {
  readonly index: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly removingReplicas: readonly number[];
  readonly addingReplicas: readonly number[];
  /** The data directory of each replica, in the order of `replicas`. */
  readonly directories: readonly string[];
  /** -1 for none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  /** Counts the changes of the partition. */
  readonly partitionEpoch: number;
}

export interface TopicImage {
  readonly name: string;
  readonly id: string;
  readonly isInternal: boolean;
  /** By index, without gaps. */
  readonly partitions: readonly PartitionImage[];
}

export interface EndpointImage {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface BrokerImage {
  readonly id: number;
  readonly epoch: number;
  readonly incarnationId: string;
  readonly endpoints: readonly EndpointImage[];
  readonly rack: string | null;
  readonly directories: readonly string[];
  readonly isFenced: boolean;
  readonly isShuttingDown: boolean;
}

/** Kafka's numbers for what can have configs. */
export const resourceType = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;

export interface ConfigResource {
  readonly type: number;
  /** The name of a topic, the id of a broker, or empty for all brokers. */
  readonly name: string;
}

/** What the metadata log says up to one of its offsets. It never changes: a later one shares what is still the same. */
export interface MetadataImage {
  readonly topicsByName: ReadonlyMap<string, TopicImage>;
  readonly topicsById: ReadonlyMap<string, TopicImage>;
  /** Names of topics by the form in which they collide. */
  readonly namesByCollision: ReadonlyMap<string, string>;
  readonly brokers: ReadonlyMap<number, BrokerImage>;
  /** By {@link resourceKey}; resources without configs are absent. */
  readonly configs: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly features: ReadonlyMap<string, number>;
  /** The first producer id that no block holds yet. */
  readonly nextProducerId: number;
}

export const emptyImage: MetadataImage = Object.freeze({
  topicsByName: new Map<string, TopicImage>(),
  topicsById: new Map<string, TopicImage>(),
  namesByCollision: new Map<string, string>(),
  brokers: new Map<number, BrokerImage>(),
  configs: new Map<string, ReadonlyMap<string, string>>(),
  features: new Map<string, number>(),
  nextProducerId: 0,
});

const noConfigs: ReadonlyMap<string, string> = new Map();

export function resourceKey({ type, name }: ConfigResource): string {
  return `${type}:${name}`;
}

/** The configs that were set for a resource. */
export function configsOf(image: MetadataImage, resource: ConfigResource): ReadonlyMap<string, string> {
  return image.configs.get(resourceKey(resource)) ?? noConfigs;
}

/** The names of the resources of a type that have configs. */
export function configuredNames(image: MetadataImage, type: number): string[] {
  const prefix = resourceKey({ type, name: '' });
  return [...image.configs.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

/** The configs that were set for a topic. */
export function topicConfigsOf(image: MetadataImage, name: string): ReadonlyMap<string, string> {
  return configsOf(image, { type: resourceType.topic, name });
}

/** What stands behind the configs of topics on a broker. */
export function brokerConfigsOf(
  image: MetadataImage,
  { nodeId, given }: { readonly nodeId: number; readonly given: ReadonlyMap<string, string> },
): BrokerConfigs {
  return {
    node: configsOf(image, { type: resourceType.broker, name: String(nodeId) }),
    cluster: configsOf(image, { type: resourceType.broker, name: '' }),
    given,
  };
}

/** Whether a broker can lead and follow. */
export function isActive(image: MetadataImage, brokerId: number): boolean {
  const broker = image.brokers.get(brokerId);
  return broker !== undefined && !broker.isFenced && !broker.isShuttingDown;
}

/** The brokers that can lead and follow, by id. */
export function activeBrokers(image: MetadataImage): number[] {
  return [...image.brokers.keys()].filter((id) => isActive(image, id)).sort((a, b) => a - b);
}

/** What a step of the log changed for topics. */
export interface TopicsDelta {
  readonly created: readonly TopicImage[];
  readonly deleted: readonly TopicImage[];
  /** Topics that have more partitions, with the new ones. */
  readonly partitionsAdded: readonly { readonly topic: TopicImage; readonly partitions: readonly PartitionImage[] }[];
  readonly configsChanged: readonly ConfigResource[];
}
