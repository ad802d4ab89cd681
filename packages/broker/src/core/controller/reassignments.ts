import { accepted, type Outcome, refusal } from './decision.ts';
import { isActive, type MetadataImage, type PartitionImage } from './image.ts';
import { manualReplicasFault } from './partitions.ts';

/** A wish to keep a partition on other brokers; null ends a move that is under way. */
export interface ReassignCommand {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[] | null;
}

/** What becomes of a wish to move a partition: a quorum of one broker has nowhere to move it to. */
export function reassign(image: MetadataImage, { topic: name, partition: index, replicas }: ReassignCommand): Outcome {
  const topic = image.topicsByName.get(name);
  if (topic === undefined) return refusal('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`);
  const partition = topic.partitions[index];
  if (partition === undefined) {
    return refusal('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${index}.`);
  }
  if (replicas === null) return { error: 'NO_REASSIGNMENT_IN_PROGRESS', message: null };
  const fault = manualReplicasFault(image, { partition: index, brokerIds: replicas, replicas: undefined });
  if (fault !== undefined) return fault;
  return isSame(partition.replicas, replicas)
    ? accepted
    : refusal('INVALID_REPLICA_ASSIGNMENT', `Partition ${name}:${index} cannot leave the only broker that is active.`);
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

/** Whether replicas of the partition are on their way. */
export function isMoving({ addingReplicas, removingReplicas }: PartitionImage): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0;
}

/** The ways to elect a leader: the first replica of the list, or any that lives although it may lack records. */
export type ElectionType = 'preferred' | 'unclean';

/** Kafka's numbers for them, in order from 0. */
export const electionTypes: readonly ElectionType[] = ['preferred', 'unclean'];

/** How an election that a client asks for ends. Whoever can lead leads already: a broker elects itself when it comes up. */
export function elect(
  image: MetadataImage,
  { topic: name, partition: index, type }: { topic: string; partition: number; type: ElectionType },
): Outcome {
  const topic = image.topicsByName.get(name);
  if (topic === undefined) return refusal('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${name}`);
  const partition = topic.partitions[index];
  if (partition === undefined) return refusal('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${name}-${index}`);
  if (isLedAsWished(image, partition, type)) {
    return refusal('ELECTION_NOT_NEEDED', 'Leader election not needed for topic partition.');
  }
  return type === 'preferred'
    ? refusal('PREFERRED_LEADER_NOT_AVAILABLE', 'The preferred leader was not available.')
    : refusal('ELIGIBLE_LEADERS_NOT_AVAILABLE', 'Eligible topic partition leaders are not available.');
}

function isLedAsWished(image: MetadataImage, { leader, replicas }: PartitionImage, type: ElectionType): boolean {
  return isActive(image, leader) && (type === 'unclean' || leader === replicas[0]);
}
