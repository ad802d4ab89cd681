import { zeroUuid } from '@nagare/protocol';
import {
  accepted,
  type Decision,
  type Outcome,
  type Refusal,
  recordsMax,
  refusal,
  tooManyRecords,
} from './decision.ts';
import { activeBrokers, isActive, type MetadataImage } from './image.ts';
import type { MetadataRecord } from './records.ts';
import { repeated } from './repeated.ts';

/** The replicas of each of some partitions, in order; the first is the preferred leader. */
export type Assignment = readonly (readonly number[])[];

/**
 * Spreads replicas over the active brokers, so that each partition leads on the broker after that of the one before it.
 *
 * @param firstPartition - The index of the first of the `count` partitions.
 */
export function placeReplicas(
  image: MetadataImage,
  {
    firstPartition,
    count,
    replicas,
  }: { readonly firstPartition: number; readonly count: number; readonly replicas: number },
): Assignment | Refusal {
  const brokers = activeBrokers(image);
  if (brokers.length === 0 || replicas > brokers.length) {
    const reason =
      brokers.length === 0
        ? 'All brokers are currently fenced or in controlled shutdown.'
        : `The target replication factor of ${replicas} cannot be reached because only ${brokers.length} broker(s) are registered or some brokers have all their log directories cordoned.`;
    return refusal('INVALID_REPLICATION_FACTOR', `Unable to replicate the partition ${replicas} time(s): ${reason}`);
  }
  return Array.from({ length: count }, (_, partition) =>
    Array.from({ length: replicas }, (_, replica) => {
      return brokers[(firstPartition + partition + replica) % brokers.length] as number;
    }),
  );
}

/** What is wrong with replicas that a client chose, in Kafka's words. */
export function manualReplicasFault(
  image: MetadataImage,
  { partition, brokerIds, replicas }: { partition: number; brokerIds: readonly number[]; replicas: number | undefined },
): Refusal | undefined {
  const refuse = (message: string) => refusal('INVALID_REPLICA_ASSIGNMENT', message);
  if (brokerIds.length === 0) return refuse('The manual partition assignment includes an empty replica list.');
  const seen = new Set<number>();
  for (const id of brokerIds) {
    if (!image.brokers.has(id)) {
      return refuse(`The manual partition assignment includes broker ${id}, but no such broker is registered.`);
    }
    if (seen.has(id)) return refuse(`The manual partition assignment includes the broker ${id} more than once.`);
    seen.add(id);
  }
  if (replicas !== undefined && brokerIds.length !== replicas) {
    return refuse(
      `The manual partition assignment includes a partition with ${brokerIds.length} replica(s), but this is not consistent with previous partitions, which have ${replicas} replica(s).`,
    );
  }
  if (brokerIds.some((id) => isActive(image, id))) return undefined;
  return refuse(
    `All brokers specified in the manual partition assignment for partition ${partition} are fenced or in controlled shutdown.`,
  );
}

/** The records that create partitions with these replicas; the first active one leads. */
export function partitionRecords(
  image: MetadataImage,
  { topicId, firstPartition, assignment }: { topicId: string; firstPartition: number; assignment: Assignment },
): MetadataRecord[] {
  return assignment.map((replicas, offset) => {
    const isr = replicas.filter((id) => isActive(image, id));
    return {
      type: 'partitionRecord',
      value: {
        partitionId: firstPartition + offset,
        topicId,
        replicas,
        isr,
        removingReplicas: [],
        addingReplicas: [],
        leader: isr[0] ?? -1,
        leaderRecoveryState: 0,
        leaderEpoch: 0,
        partitionEpoch: 0,
        directories: replicas.map((id) => image.brokers.get(id)?.directories[0] ?? zeroUuid),
        eligibleLeaderReplicas: null,
        lastKnownElr: null,
      },
    };
  });
}

export interface CreatePartitionsCommand {
  readonly topics: readonly MorePartitions[];
  readonly validateOnly: boolean;
}

/** One topic of a request for more partitions. */
export interface MorePartitions {
  readonly name: string;
  /** How many partitions the topic is to have. */
  readonly count: number;
  /** The replicas of the new partitions; null lets the controller choose. */
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null;
}

/** The records that give a topic more partitions. */
function addPartitions(image: MetadataImage, { name, count, assignments }: MorePartitions): MetadataRecord[] | Refusal {
  const topic = image.topicsByName.get(name);
  if (topic === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: null };
  if (topic.isInternal)
    return refusal('INVALID_TOPIC_EXCEPTION', `The partitions of internal topic ${name} are fixed.`);
  const firstPartition = topic.partitions.length;
  const added = count - firstPartition;
  if (added === 0) return refusal('INVALID_PARTITIONS', `Topic already has ${firstPartition} partition(s).`);
  if (added < 0) {
    return refusal(
      'INVALID_PARTITIONS',
      `The topic ${name} currently has ${firstPartition} partition(s); ${count} would not be an increase.`,
    );
  }
  if (added > recordsMax) return tooManyRecords;
  const replicas = topic.partitions[0]?.replicas.length ?? 1;
  const assignment =
    assignments === null
      ? placeReplicas(image, { firstPartition, count: added, replicas })
      : manualAssignment(image, { firstPartition, added, replicas, assignments });
  if ('error' in assignment) return assignment;
  return partitionRecords(image, { topicId: topic.id, firstPartition, assignment });
}

function manualAssignment(
  image: MetadataImage,
  {
    firstPartition,
    added,
    replicas,
    assignments,
  }: {
    firstPartition: number;
    added: number;
    replicas: number;
    assignments: readonly { readonly brokerIds: readonly number[] }[];
  },
): Assignment | Refusal {
  if (assignments.length !== added) {
    return refusal(
      'INVALID_REPLICA_ASSIGNMENT',
      `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
    );
  }
  for (const [offset, { brokerIds }] of assignments.entries()) {
    const fault = manualReplicasFault(image, { partition: firstPartition + offset, brokerIds, replicas });
    if (fault !== undefined) return fault;
  }
  return assignments.map(({ brokerIds }) => brokerIds);
}

/** Gives topics more partitions; the outcomes are in the order of the command, with a name given twice told of once. */
export function createPartitions(
  image: MetadataImage,
  { topics, validateOnly }: CreatePartitionsCommand,
): Decision<readonly (Outcome & { readonly name: string })[]> {
  const records: MetadataRecord[] = [];
  const duplicates = repeated(topics.map(({ name }) => name));
  const response = new Map<string, Outcome & { readonly name: string }>();
  for (const topic of topics) {
    const { name } = topic;
    const added = duplicates.has(name)
      ? refusal('INVALID_REQUEST', 'Duplicate topic name.')
      : addPartitions(image, topic);
    if ('error' in added) response.set(name, { name, ...added });
    else if (records.length + added.length > recordsMax) response.set(name, { name, ...tooManyRecords });
    else {
      records.push(...added);
      response.set(name, { name, ...accepted });
    }
  }
  return { records: validateOnly ? [] : records, response: [...response.values()] };
}
