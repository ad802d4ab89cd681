import { zeroUuid } from '@nagare/protocol';
import type { BrokerConfigs } from '../../config/config-source.ts';
import { topicConfigFault } from '../../config/topic-config.ts';
import {
  accepted,
  type Decision,
  type Outcome,
  type Refusal,
  recordsMax,
  refusal,
  tooManyRecords,
} from './decision.ts';
import { type MetadataImage, resourceType } from './image.ts';
import { type Assignment, manualReplicasFault, partitionRecords, placeReplicas } from './partitions.ts';
import type { MetadataRecord } from './records.ts';
import { repeated } from './repeated.ts';
import { clusterMetadataTopic, collisionName, topicNameFault } from './topic-name.ts';

/** What a topic gets that is created without saying. */
export interface TopicDefaults {
  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  /** What stands behind the configs of the topic. */
  readonly broker: BrokerConfigs;
}

/** A topic that a client wants. */
export interface NewTopic {
  readonly name: string;
  /** -1 for the default, and when there are assignments. */
  readonly numPartitions: number;
  /** -1 for the default, and when there are assignments. */
  readonly replicationFactor: number;
  /** The replicas of each partition; empty lets the controller choose. */
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[];
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface CreateTopicsCommand {
  readonly topics: readonly NewTopic[];
  /** A random id for each topic. */
  readonly topicIds: readonly string[];
  readonly validateOnly: boolean;
}

/** How the creation of one topic ended. */
export interface CreateTopicResult extends Outcome {
  readonly name: string;
  readonly topicId: string;
  /** -1 after an error. */
  readonly numPartitions: number;
  /** -1 after an error. */
  readonly replicationFactor: number;
  /** The configs that the topic was given. */
  readonly configs: ReadonlyMap<string, string>;
}

/** Creates topics; the results are in the order of the command, with a name given twice told of once, at its first place. */
export function createTopics(
  image: MetadataImage,
  { topics, topicIds, validateOnly }: CreateTopicsCommand,
  defaults: TopicDefaults,
): Decision<readonly CreateTopicResult[]> {
  const records: MetadataRecord[] = [];
  const duplicates = repeated(topics.map(({ name }) => name));
  const collisions = new Set<string | undefined>();
  const response = new Map<string, CreateTopicResult>();
  for (const [index, topic] of topics.entries()) {
    const { name } = topic;
    const topicId = topicIds[index] ?? zeroUuid;
    const plan = duplicates.has(name)
      ? refusal('INVALID_REQUEST', 'Duplicate topic name.')
      : planTopic(image, topic, defaults, collisions);
    const added = 'error' in plan ? [] : topicRecords(image, { name, topicId, plan });
    if ('error' in plan) response.set(name, failed(name, plan));
    else if (records.length + added.length > recordsMax) response.set(name, failed(name, tooManyRecords));
    else {
      records.push(...added);
      collisions.add(collisionName(name));
      response.set(name, created(name, topicId, plan));
    }
  }
  return { records: validateOnly ? [] : records, response: [...response.values()] };
}

interface TopicPlan {
  readonly assignment: Assignment;
  readonly configs: ReadonlyMap<string, string>;
}

function failed(name: string, { error, message }: Refusal): CreateTopicResult {
  return { name, error, message, topicId: zeroUuid, numPartitions: -1, replicationFactor: -1, configs: new Map() };
}

function created(name: string, topicId: string, { assignment, configs }: TopicPlan): CreateTopicResult {
  const replicationFactor = assignment[0]?.length ?? 0;
  return { name, ...accepted, topicId, numPartitions: assignment.length, replicationFactor, configs };
}

function planTopic(
  image: MetadataImage,
  topic: NewTopic,
  defaults: TopicDefaults,
  collisions: ReadonlySet<string | undefined>,
): TopicPlan | Refusal {
  const fault = newNameFault(image, topic.name, collisions);
  if (fault !== undefined) return fault;
  const configs = newTopicConfigs(topic, defaults.broker);
  if ('error' in configs) return configs;
  const assignment = topic.assignments.length > 0 ? manualPlan(image, topic) : automaticPlan(image, topic, defaults);
  return 'error' in assignment ? assignment : { assignment, configs };
}

function newNameFault(
  image: MetadataImage,
  name: string,
  collisions: ReadonlySet<string | undefined>,
): Refusal | undefined {
  if (name === clusterMetadataTopic) {
    return refusal('INVALID_REQUEST', `Creation of internal topic ${clusterMetadataTopic} is prohibited.`);
  }
  if (image.topicsByName.has(name)) return refusal('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`);
  const fault = topicNameFault(name);
  if (fault !== undefined) return refusal('INVALID_TOPIC_EXCEPTION', fault);
  const collision = collisionName(name);
  if (collision === undefined) return undefined;
  const other = image.namesByCollision.get(collision) ?? (collisions.has(collision) ? collision : undefined);
  if (other === undefined) return undefined;
  return refusal('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${other}`);
}

function newTopicConfigs(topic: NewTopic, broker: BrokerConfigs): ReadonlyMap<string, string> | Refusal {
  const nulls = topic.configs.filter(({ value }) => value === null).map(({ name }) => name);
  if (nulls.length > 0) {
    return refusal('INVALID_CONFIG', `Null value not supported for topic configs: ${nulls.join(',')}`);
  }
  const configs = new Map(topic.configs.map(({ name, value }) => [name, value as string]));
  const fault = topicConfigFault(configs, broker);
  return fault === undefined ? configs : refusal('INVALID_CONFIG', fault);
}

function automaticPlan(image: MetadataImage, topic: NewTopic, defaults: TopicDefaults): Assignment | Refusal {
  const { numPartitions, replicationFactor } = topic;
  if (replicationFactor < -1 || replicationFactor === 0) {
    return refusal(
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    );
  }
  if (numPartitions < -1 || numPartitions === 0) {
    return refusal('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.');
  }
  const count = numPartitions === -1 ? defaults.numPartitions : numPartitions;
  const replicas = replicationFactor === -1 ? defaults.defaultReplicationFactor : replicationFactor;
  return count > recordsMax ? tooManyRecords : placeReplicas(image, { firstPartition: 0, count, replicas });
}

function manualPlan(image: MetadataImage, topic: NewTopic): Assignment | Refusal {
  const prefix = 'A manual partition assignment was specified, but';
  if (topic.replicationFactor !== -1) {
    return refusal('INVALID_REQUEST', `${prefix} replication factor was not set to -1.`);
  }
  if (topic.numPartitions !== -1) return refusal('INVALID_REQUEST', `${prefix} numPartitions was not set to -1.`);
  const assignment: (readonly number[])[] = [];
  const replicas = topic.assignments[0]?.brokerIds.length;
  const seen = new Set<number>();
  for (const { partitionIndex: partition, brokerIds } of topic.assignments) {
    if (seen.has(partition)) {
      const message = `Found multiple manual partition assignments for partition ${partition}`;
      return refusal('INVALID_REPLICA_ASSIGNMENT', message);
    }
    seen.add(partition);
    const fault = manualReplicasFault(image, { partition, brokerIds, replicas });
    if (fault !== undefined) return fault;
    if (partition >= 0 && partition < topic.assignments.length) assignment[partition] = brokerIds;
  }
  if (Object.keys(assignment).length === topic.assignments.length) return assignment;
  return refusal('INVALID_REPLICA_ASSIGNMENT', 'partitions should be a consecutive 0-based integer sequence');
}

/** Kafka's order: the topic, its configs, its partitions. */
function topicRecords(
  image: MetadataImage,
  { name, topicId, plan }: { readonly name: string; readonly topicId: string; readonly plan: TopicPlan },
): MetadataRecord[] {
  const configs = [...plan.configs].map(([config, value]): MetadataRecord => {
    return {
      type: 'configRecord',
      value: { resourceType: resourceType.topic, resourceName: name, name: config, value },
    };
  });
  return [
    { type: 'topicRecord', value: { name, topicId } },
    ...configs,
    ...partitionRecords(image, { topicId, firstPartition: 0, assignment: plan.assignment }),
  ];
}
