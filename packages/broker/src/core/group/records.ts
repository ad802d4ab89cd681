import { codecOf, Reader, storedRecords, Writer, zeroUuid } from '@nagare/protocol';
import type { StoredPair } from '../shard.ts';
import type { GroupMetadataRecord, GroupRecord, OffsetCommitRecord } from './group-record.ts';

const { groupMetadataKey, groupMetadataValue, offsetCommitKey, offsetCommitValue } = storedRecords;

/** What begins the keys: Kafka's record types, of which 0 is how old brokers wrote an offset. */
const keyType = { legacyOffsetCommit: 0, offsetCommit: 1, groupMetadata: 2 } as const;
const typeBytes = 2;

/** The last version of the value that has no tags, as Kafka writes it. */
const groupValueVersion = 3;
/** Only version 1 has an expiry of its own, only 4 and later the topic's id. */
const offsetValueVersion = { withExpiry: 1, plain: 3, withTopicId: 4 } as const;

const offsetKeyCodec = codecOf(offsetCommitKey, 0);
const groupKeyCodec = codecOf(groupMetadataKey, 0);

/** The records as `__consumer_offsets` stores them; their keys and values are slices of one buffer. */
export function encodeRecords(records: readonly GroupRecord[]): StoredPair[] {
  const writer = new Writer(records.length * 96);
  const ends: number[] = [];
  for (const record of records) {
    writeKey(writer, record);
    ends.push(writer.byteLength);
    writeValue(writer, record);
    ends.push(writer.byteLength);
  }
  const bytes = writer.toBuffer();
  return records.map(({ type }, index) => {
    const keyEnd = ends[2 * index] as number;
    const key = bytes.subarray(index === 0 ? 0 : ends[2 * index - 1], keyEnd);
    const isTombstone = type === 'group-tombstone' || type === 'offset-tombstone';
    return { key, value: isTombstone ? null : bytes.subarray(keyEnd, ends[2 * index + 1]) };
  });
}

/**
 * The record that a stored pair is; undefined for kinds that belong to other types of groups.
 *
 * @throws {ProtocolError} When the bytes are not those of the kind that the key names.
 */
export function decodeRecord({ key, value }: StoredPair): GroupRecord | undefined {
  if (key === null || key.length < typeBytes) return undefined;
  const reader = new Reader(key, typeBytes);
  switch (key.readInt16BE(0)) {
    case keyType.legacyOffsetCommit:
    case keyType.offsetCommit: {
      const { group: groupId, topic, partition } = offsetKeyCodec.read(reader);
      if (value === null) return { type: 'offset-tombstone', groupId, topic, partition };
      return readOffset(value, { groupId, topic, partition });
    }
    case keyType.groupMetadata: {
      const { group: groupId } = groupKeyCodec.read(reader);
      return value === null ? { type: 'group-tombstone', groupId } : readGroup(value, groupId);
    }
    default:
      return undefined;
  }
}

function writeKey(writer: Writer, record: GroupRecord): void {
  switch (record.type) {
    case 'group-metadata':
    case 'group-tombstone':
      writer.int16(keyType.groupMetadata);
      groupKeyCodec.write(writer, { group: record.groupId });
      break;
    case 'offset-commit':
    case 'offset-tombstone': {
      const { groupId: group, topic, partition } = record;
      writer.int16(keyType.offsetCommit);
      offsetKeyCodec.write(writer, { group, topic, partition });
    }
  }
}

function writeValue(writer: Writer, record: GroupRecord): void {
  if (record.type === 'group-metadata') writeGroup(writer, record);
  else if (record.type === 'offset-commit') writeOffset(writer, record);
}

function writeGroup(writer: Writer, record: GroupMetadataRecord): void {
  writer.int16(groupValueVersion);
  codecOf(groupMetadataValue, groupValueVersion).write(writer, {
    protocolType: record.protocolType ?? '',
    generation: record.generation,
    protocol: record.protocolName,
    leader: record.leaderId,
    currentStateTimestamp: record.stateSinceMs,
    members: record.members.map(({ rebalanceTimeoutMs, sessionTimeoutMs, ...member }) => ({
      ...member,
      rebalanceTimeout: rebalanceTimeoutMs,
      sessionTimeout: sessionTimeoutMs,
    })),
  });
}

function writeOffset(writer: Writer, record: OffsetCommitRecord): void {
  const version = versionOf(record);
  writer.int16(version);
  codecOf(offsetCommitValue, version).write(writer, {
    offset: record.offset,
    leaderEpoch: record.leaderEpoch,
    metadata: record.metadata,
    commitTimestamp: record.commitTimeMs,
    expireTimestamp: record.expireTimeMs,
    topicId: record.topicId,
  });
}

function versionOf({ expireTimeMs, topicId }: OffsetCommitRecord): number {
  if (expireTimeMs >= 0) return offsetValueVersion.withExpiry;
  return topicId === zeroUuid ? offsetValueVersion.plain : offsetValueVersion.withTopicId;
}

function readGroup(value: Buffer, groupId: string): GroupMetadataRecord {
  const reader = new Reader(value);
  const stored = codecOf(groupMetadataValue, reader.int16()).read(reader);
  return {
    type: 'group-metadata',
    groupId,
    protocolType: stored.protocolType === '' ? null : stored.protocolType,
    generation: stored.generation,
    protocolName: stored.protocol,
    leaderId: stored.leader,
    stateSinceMs: stored.currentStateTimestamp,
    members: stored.members.map(({ rebalanceTimeout, sessionTimeout, ...member }) => ({
      ...member,
      // Version 0 had only the session's timeout.
      rebalanceTimeoutMs: rebalanceTimeout < 0 ? sessionTimeout : rebalanceTimeout,
      sessionTimeoutMs: sessionTimeout,
    })),
  };
}

function readOffset(
  value: Buffer,
  where: Pick<OffsetCommitRecord, 'groupId' | 'topic' | 'partition'>,
): OffsetCommitRecord {
  const reader = new Reader(value);
  const stored = codecOf(offsetCommitValue, reader.int16()).read(reader);
  return {
    type: 'offset-commit',
    ...where,
    offset: stored.offset,
    leaderEpoch: stored.leaderEpoch,
    metadata: stored.metadata,
    commitTimeMs: stored.commitTimestamp,
    expireTimeMs: stored.expireTimestamp,
    topicId: stored.topicId,
  };
}
