import { codecOf, type MessageSchema, Reader, storedRecords, Writer } from '@nagare/protocol';
import type { TopicPartition } from '../record.ts';
import type { GroupSubscription, MemberAssignment } from './assignors/assignor.ts';
import { flattenTopics, groupByTopic } from './assignors/by-topic.ts';

const { consumerProtocolSubscription, consumerProtocolAssignment } = storedRecords;

/** All versions have the same layout; the oldest is understood by everyone. */
const assignmentVersion = 0;

/** Writes what a member subscribes to, in the newest version: older readers skip what they do not know. */
export function writeSubscription(subscription: {
  readonly topics: readonly string[];
  readonly userData: Buffer | null;
  readonly ownedPartitions: readonly TopicPartition[];
  readonly generationId: number;
  readonly rackId: string | null;
}): Buffer {
  const version = consumerProtocolSubscription.versions.max;
  const writer = new Writer();
  writer.int16(version);
  codecOf(consumerProtocolSubscription, version).write(writer, {
    ...subscription,
    topics: [...subscription.topics].sort(),
    ownedPartitions: groupByTopic(subscription.ownedPartitions),
  });
  return writer.toBuffer();
}

/** Reads what another member subscribes to; a version newer than ours is read as ours. */
export function readSubscription(
  metadata: Buffer,
  member: { readonly memberId: string; readonly groupInstanceId: string | null },
): GroupSubscription {
  const reader = new Reader(metadata);
  const value = codecOf(consumerProtocolSubscription, versionIn(reader, consumerProtocolSubscription)).read(reader);
  return { ...value, ...member, ownedPartitions: flattenTopics(value.ownedPartitions) };
}

export function writeAssignment(assignment: MemberAssignment): Buffer {
  const writer = new Writer();
  writer.int16(assignmentVersion);
  codecOf(consumerProtocolAssignment, assignmentVersion).write(writer, {
    assignedPartitions: groupByTopic(assignment.partitions),
    userData: assignment.userData ?? null,
  });
  return writer.toBuffer();
}

/** Reads an assignment; no bytes at all mean none. */
export function readAssignment(bytes: Buffer): MemberAssignment {
  if (bytes.length === 0) return { partitions: [], userData: null };
  const reader = new Reader(bytes);
  const value = codecOf(consumerProtocolAssignment, versionIn(reader, consumerProtocolAssignment)).read(reader);
  return { partitions: flattenTopics(value.assignedPartitions), userData: value.userData };
}

function versionIn(reader: Reader, schema: Pick<MessageSchema, 'versions'>): number {
  return Math.max(Math.min(reader.int16(), schema.versions.max), schema.versions.min);
}
