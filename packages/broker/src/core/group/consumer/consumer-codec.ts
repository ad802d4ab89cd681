import { unreachable } from '@nagare/base';
import { codecOf, Reader, storedRecords, type Writer } from '@nagare/protocol';
import type { MemberState } from './consumer-member.ts';
import { orderedNames } from './consumer-member.ts';
import type {
  ConsumerMemberValue,
  ConsumerRecord,
  ConsumerRecordType,
  CurrentAssignmentValue,
} from './consumer-record.ts';
import { listPartitions, type OwnedPartitions, partitionsOf } from './partitions.ts';

/** What begins the keys: Kafka's record types. */
const keyTypes = {
  'consumer-group': 3,
  'consumer-member': 5,
  'consumer-target': 6,
  'consumer-target-member': 7,
  'consumer-assignment': 8,
  'consumer-regex': 16,
} as const satisfies Record<ConsumerRecordType, number>;

const typeOfKey = new Map(Object.entries(keyTypes).map(([type, key]) => [key as number, type as ConsumerRecordType]));
const valueVersion = 0;

const groupKey = codecOf(storedRecords.consumerGroupMetadataKey, 0);
const groupValue = codecOf(storedRecords.consumerGroupMetadataValue, valueVersion);
const memberKey = codecOf(storedRecords.consumerGroupMemberMetadataKey, 0);
const memberValue = codecOf(storedRecords.consumerGroupMemberMetadataValue, valueVersion);
const targetKey = codecOf(storedRecords.consumerGroupTargetAssignmentMetadataKey, 0);
const targetValue = codecOf(storedRecords.consumerGroupTargetAssignmentMetadataValue, valueVersion);
const targetMemberKey = codecOf(storedRecords.consumerGroupTargetAssignmentMemberKey, 0);
const targetMemberValue = codecOf(storedRecords.consumerGroupTargetAssignmentMemberValue, valueVersion);
const assignmentKey = codecOf(storedRecords.consumerGroupCurrentMemberAssignmentKey, 0);
const assignmentValue = codecOf(storedRecords.consumerGroupCurrentMemberAssignmentValue, valueVersion);
const regexKey = codecOf(storedRecords.consumerGroupRegularExpressionKey, 0);
const regexValue = codecOf(storedRecords.consumerGroupRegularExpressionValue, valueVersion);

/** Kafka's numbers of the states. */
const stateNumber = { stable: 0, unrevoked: 1, unreleased: 2 } as const satisfies Record<MemberState, number>;
const stateOfNumber: readonly MemberState[] = ['stable', 'unrevoked', 'unreleased'];

export function isConsumerRecord(record: { readonly type: string }): record is ConsumerRecord {
  return record.type in keyTypes;
}

/** The type of record that a key begins with; undefined for those of other groups. */
export function consumerRecordType(keyType: number): ConsumerRecordType | undefined {
  return typeOfKey.get(keyType);
}

export function writeConsumerKey(writer: Writer, record: ConsumerRecord): void {
  writer.int16(keyTypes[record.type]);
  switch (record.type) {
    case 'consumer-group':
      groupKey.write(writer, record);
      break;
    case 'consumer-member':
      memberKey.write(writer, record);
      break;
    case 'consumer-target':
      targetKey.write(writer, record);
      break;
    case 'consumer-target-member':
      targetMemberKey.write(writer, record);
      break;
    case 'consumer-assignment':
      assignmentKey.write(writer, record);
      break;
    case 'consumer-regex':
      regexKey.write(writer, { groupId: record.groupId, regularExpression: record.regex });
      break;
    default:
      unreachable(record);
  }
}

/** Writes what a record remembers; nothing for one that takes back. */
export function writeConsumerValue(writer: Writer, record: ConsumerRecord): void {
  if (record.value === null) return;
  writer.int16(valueVersion);
  switch (record.type) {
    case 'consumer-group':
      groupValue.write(writer, record.value);
      break;
    case 'consumer-member':
      memberValue.write(writer, storedMember(record.value));
      break;
    case 'consumer-target':
      targetValue.write(writer, { assignmentEpoch: record.value.epoch, assignmentTimestamp: record.value.atMs });
      break;
    case 'consumer-target-member':
      targetMemberValue.write(writer, { topicPartitions: listPartitions(record.value) });
      break;
    case 'consumer-assignment':
      assignmentValue.write(writer, storedAssignment(record.value));
      break;
    case 'consumer-regex':
      regexValue.write(writer, { topics: record.value.topics, version: 0, timestamp: record.value.atMs });
      break;
    default:
      unreachable(record);
  }
}

/**
 * Reads a record whose key's type has been read.
 *
 * @throws {ProtocolError} When the bytes are not those of the type.
 */
export function readConsumerRecord(type: ConsumerRecordType, key: Reader, stored: Buffer | null): ConsumerRecord {
  const value = stored === null ? null : new Reader(stored);
  value?.int16(); // There is one version, and those to come can only have more tags.
  switch (type) {
    case 'consumer-group':
      return { type, ...groupKey.read(key), value: value && groupValue.read(value) };
    case 'consumer-member':
      return { type, ...memberKey.read(key), value: value && readMember(value) };
    case 'consumer-target':
      return { type, ...targetKey.read(key), value: value && readTargetEpoch(value) };
    case 'consumer-target-member':
      return {
        type,
        ...targetMemberKey.read(key),
        value: value && partitionsOf(targetMemberValue.read(value).topicPartitions),
      };
    case 'consumer-assignment':
      return { type, ...assignmentKey.read(key), value: value && readAssignment(value) };
    case 'consumer-regex': {
      const { groupId, regularExpression: regex } = regexKey.read(key);
      return { type, groupId, regex, value: value && readRegex(value) };
    }
    default:
      unreachable(type);
  }
}

function storedMember({ topicNames, topicRegex, assignor, classic, ...member }: ConsumerMemberValue) {
  return {
    ...member,
    subscribedTopicNames: topicNames,
    subscribedTopicRegex: topicRegex,
    serverAssignor: assignor,
    classicMemberMetadata:
      classic === null
        ? null
        : { sessionTimeoutMs: classic.sessionTimeoutMs, supportedProtocols: [...classic.protocols] },
  };
}

function readMember(reader: Reader): ConsumerMemberValue {
  const { subscribedTopicNames, subscribedTopicRegex, serverAssignor, classicMemberMetadata, ...member } =
    memberValue.read(reader);
  return {
    ...member,
    topicNames: orderedNames(subscribedTopicNames),
    topicRegex: subscribedTopicRegex ?? '',
    assignor: serverAssignor,
    classic:
      classicMemberMetadata === null
        ? null
        : {
            sessionTimeoutMs: classicMemberMetadata.sessionTimeoutMs,
            protocols: classicMemberMetadata.supportedProtocols,
          },
  };
}

function readTargetEpoch(reader: Reader): { readonly epoch: number; readonly atMs: number } {
  const { assignmentEpoch: epoch, assignmentTimestamp: atMs } = targetValue.read(reader);
  return { epoch, atMs };
}

function storedAssignment({ state, assigned, pendingRevocation, ...epochs }: CurrentAssignmentValue) {
  return {
    ...epochs,
    state: stateNumber[state],
    assignedPartitions: storedOwned(assigned),
    partitionsPendingRevocation: storedOwned(pendingRevocation),
  };
}

function storedOwned(owned: OwnedPartitions) {
  return listPartitions(owned).map(({ topicId, partitions }) => ({
    topicId,
    partitions,
    assignmentEpochs: partitions.map((index) => owned.get(topicId)?.get(index) as number),
  }));
}

function readAssignment(reader: Reader): CurrentAssignmentValue {
  const { state, assignedPartitions, partitionsPendingRevocation, ...epochs } = assignmentValue.read(reader);
  return {
    ...epochs,
    // A state that a later version may add says that the member is not where it should be.
    state: stateOfNumber[state] ?? 'unreleased',
    assigned: readOwned(assignedPartitions, epochs.memberEpoch),
    pendingRevocation: readOwned(partitionsPendingRevocation, epochs.memberEpoch),
  };
}

interface StoredOwned {
  readonly topicId: string;
  readonly partitions: readonly number[];
  readonly assignmentEpochs: readonly number[] | null;
}

/** Brokers before Kafka 4.4 do not store the epochs of partitions: the member's own stands for them. */
function readOwned(stored: readonly StoredOwned[], memberEpoch: number): OwnedPartitions {
  return new Map(
    stored.map(({ topicId, partitions, assignmentEpochs }) => [
      topicId,
      new Map(partitions.map((index, at) => [index, assignmentEpochs?.[at] ?? memberEpoch])),
    ]),
  );
}

function readRegex(reader: Reader): { readonly topics: readonly string[]; readonly atMs: number } {
  const { topics, timestamp: atMs } = regexValue.read(reader);
  return { topics: orderedNames(topics), atMs };
}
