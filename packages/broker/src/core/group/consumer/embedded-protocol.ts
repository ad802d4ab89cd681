import { codecOf, ProtocolError, Reader, storedRecords, Writer } from '@nagare/protocol';
import type { ClusterView } from './cluster-view.ts';
import { listPartitions, type Partitions, partitionsOf, type TopicPartitions } from './partitions.ts';

const { consumerProtocolSubscription, consumerProtocolAssignment } = storedRecords;
/** Later versions begin as this one does. */
const versionMax = 3;
const versionBytes = 2;

/** What a consumer of the classic protocol tells of itself in JoinGroup. */
export interface EmbeddedSubscription {
  readonly version: number;
  readonly topics: readonly string[];
  readonly ownedPartitions: readonly NamedPartitions[];
  readonly rackId: string | null;
}

interface NamedPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** A subscription of Kafka's consumer protocol; undefined when the bytes are none. */
export function readSubscription(metadata: Buffer): EmbeddedSubscription | undefined {
  return attempt(metadata, (version, reader) => {
    const { topics, ownedPartitions, rackId } = codecOf(consumerProtocolSubscription, version).read(reader);
    return { version, topics, ownedPartitions, rackId: rackId === '' ? null : rackId };
  });
}

/**
 * An assignment of Kafka's consumer protocol; topics that are not there are left out. Undefined when the bytes are none,
 * or have more than partitions in them, which only the assignor that made them could make again.
 */
export function readAssignment(bytes: Buffer, topics: ClusterView): Partitions | undefined {
  if (bytes.length === 0) return new Map();
  return attempt(bytes, (version, reader) => {
    const { assignedPartitions, userData } = codecOf(consumerProtocolAssignment, version).read(reader);
    if (userData !== null && userData.length > 0) return undefined;
    return partitionsOf(withIds(assignedPartitions, topics));
  });
}

/** The assignment as a consumer that subscribed in that version reads it. */
export function writeAssignment(
  partitions: Parameters<typeof listPartitions>[0],
  version: number,
  topics: ClusterView,
): Buffer {
  const assignedPartitions = listPartitions(partitions).flatMap(({ topicId, partitions: indexes }) => {
    const topic = topics.topicsById.get(topicId)?.name;
    return topic === undefined ? [] : [{ topic, partitions: indexes }];
  });
  const writer = new Writer();
  writer.int16(version);
  codecOf(consumerProtocolAssignment, version).write(writer, { assignedPartitions, userData: null });
  return writer.toBuffer();
}

export function withIds(named: readonly NamedPartitions[], { topicsByName }: ClusterView): TopicPartitions[] {
  return named.flatMap(({ topic, partitions }) => {
    const topicId = topicsByName.get(topic)?.id;
    return topicId === undefined ? [] : [{ topicId, partitions }];
  });
}

function attempt<Value>(bytes: Buffer, read: (version: number, reader: Reader) => Value): Value | undefined {
  if (bytes.length < versionBytes) return undefined;
  const version = bytes.readInt16BE(0);
  if (version < 0) return undefined;
  try {
    return read(Math.min(version, versionMax), new Reader(bytes, versionBytes));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
