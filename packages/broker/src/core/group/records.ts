import { assert } from '@nagare/base';
import { codecOf, Reader, storedRecords, Writer } from '@nagare/protocol';
import type { StoredPair } from '../shard.ts';
import {
  consumerRecordType,
  isConsumerRecord,
  readConsumerRecord,
  writeConsumerKey,
  writeConsumerValue,
} from './consumer/consumer-codec.ts';
import type { ConsumerRecord } from './consumer/consumer-record.ts';
import type { GroupMetadataRecord, GroupRecord, OffsetCommitRecord } from './group-record.ts';

const { groupMetadataKey, groupMetadataValue, offsetCommitKey, offsetCommitValue } = storedRecords;

/** What begins the keys: Kafka's record types, of which 0 is how old brokers wrote an offset. */
const keyType = { legacyOffsetCommit: 0, offsetCommit: 1, groupMetadata: 2 } as const;
const typeBytes = 2;

/** The last version of the value that has no tags, as Kafka writes it. */
const groupValueVersion = 3;
/** Only version 1 has an expiry of its own; Kafka writes the latest otherwise. */
const offsetValueVersion = { withExpiry: 1, latest: 4 } as const;

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
  return records.map((record, index) => {
    const keyEnd = ends[2 * index] as number;
    const key = bytes.subarray(index === 0 ? 0 : ends[2 * index - 1], keyEnd);
    const { type } = record;
    const stored = { key, value: isTombstone(record) ? null : bytes.subarray(keyEnd, ends[2 * index + 1]) };
    return type === 'offset-commit' && record.producer !== undefined
      ? { ...stored, producer: record.producer }
      : stored;
  });
}

/**
 * The record that a stored pair is; undefined for kinds that belong to other types of groups.
 *
 * @throws {ProtocolError} When the bytes are not those of the kind that the key names.
 */
export function decodeRecord({ key, value, producer }: StoredPair): GroupRecord | undefined {
  if (key === null || key.length < typeBytes) return undefined;
  const reader = new Reader(key, typeBytes);
  const type = key.readInt16BE(0);
  switch (type) {
    case keyType.legacyOffsetCommit:
    case keyType.offsetCommit: {
      const { group: groupId, topic, partition } = offsetKeyCodec.read(reader);
      if (value === null) return { type: 'offset-tombstone', groupId, topic, partition };
      const offset = readOffset(value, { groupId, topic, partition });
      return producer === undefined ? offset : { ...offset, producer };
    }
    case keyType.groupMetadata: {
      const { group: groupId } = groupKeyCodec.read(reader);
      return value === null ? { type: 'group-tombstone', groupId } : readGroup(value, groupId);
    }
    default: {
      const consumerType = consumerRecordType(type);
      return consumerType && readConsumerRecord(consumerType, reader, value);
    }
  }
}

function isTombstone(record: GroupRecord): boolean {
  if (isConsumerRecord(record)) return record.value === null;
  return record.type === 'group-tombstone' || record.type === 'offset-tombstone';
}

function writeKey(writer: Writer, record: GroupRecord): void {
  if (isConsumerRecord(record)) writeConsumerKey(writer, record);
  else writeOwnKey(writer, record);
}

function writeOwnKey(writer: Writer, record: Exclude<GroupRecord, ConsumerRecord>): void {
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
      break;
    }
    case 'transaction-end':
      assert(false, 'The end of a transaction is a marker, not a record');
  }
}

function writeValue(writer: Writer, record: GroupRecord): void {
  if (isConsumerRecord(record)) writeConsumerValue(writer, record);
  else if (record.type === 'group-metadata') writeGroup(writer, record);
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
  const version = record.expireTimeMs >= 0 ? offsetValueVersion.withExpiry : offsetValueVersion.latest;
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
