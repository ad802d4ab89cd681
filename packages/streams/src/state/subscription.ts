import { type Serde, SerdeError } from '@nagare/serdes';

/** What a subscription asks of the table that has the foreign keys. The numbers are those of its bytes. */
export const instructions = Object.freeze({
  /** Forget the subscription, and say nothing. */
  deleteAndStaySilent: 0,
  /** Forget the subscription, and answer that there is no row. */
  deleteAndAnswer: 1,
  /** Remember the subscription, and answer, also when there is no row. */
  answer: 2,
  /** Remember the subscription, and answer if there is a row. */
  answerIfThere: 3,
});

export type Instruction = (typeof instructions)[keyof typeof instructions];

/** A row's interest in a row of another table, as it is sent to where that is. */
export interface Subscription<K> {
  /** Of the row's bytes; null when the row is gone. */
  readonly hash: Buffer | null;
  readonly instruction: Instruction;
  readonly primaryKey: K;
  /** The partition that the row is in, where the answer has to go. Undefined from before version 1. */
  readonly primaryPartition: number | undefined;
}

/** The answer to a subscription. */
export interface SubscriptionResponse<V> {
  /** The hash that was asked with: an answer to an older row has another one than the row has now. */
  readonly hash: Buffer | null;
  readonly foreignValue: V | null;
  /** Where the answer has to go; it is not part of its bytes. */
  readonly primaryPartition: number | undefined;
}

const hashBytes = 16;
const partitionBytes = 4;
const lengthBytes = 4;
const noHash = 0x80;
const none = Buffer.alloc(0);
/** Up to about this many bytes a loop over them takes less time than a call of Node's copy. */
const shortMax = 48;

/** Subscriptions in Kafka Streams' form: version 1 is written, 0 and 1 are read. */
export function subscriptionSerde<K>(primaryKey: Serde<K>, keyTopic: string): Serde<Subscription<K>> {
  return Object.freeze({
    serialize(_topic: string, subscription: Subscription<K> | null) {
      if (subscription === null) return null;
      const { hash, instruction, primaryPartition = 0 } = subscription;
      const key = primaryKey.serialize(keyTopic, subscription.primaryKey) ?? none;
      const bytes = Buffer.allocUnsafe(2 + (hash?.length ?? 0) + key.length + partitionBytes);
      bytes[0] = hash === null ? noHash | 1 : 1;
      bytes[1] = instruction;
      const keyAt = hash === null ? 2 : put(hash, bytes, 2);
      bytes.writeInt32BE(primaryPartition, put(key, bytes, keyAt));
      return bytes;
    },
    deserialize(_topic: string, bytes: Buffer | null): Subscription<K> | null {
      if (bytes === null) return null;
      const version = versionOf(bytes, 1);
      const hash = hashIn(bytes, 2);
      const end = bytes.length - (version === 0 ? 0 : partitionBytes);
      const key = bytes.subarray(hash === null ? 2 : 2 + hashBytes, end);
      return {
        hash,
        instruction: instructionIn(bytes),
        primaryKey: primaryKey.deserialize(keyTopic, key) as K,
        primaryPartition: version === 0 ? undefined : bytes.readInt32BE(end),
      };
    },
  });
}

/** Answers in Kafka Streams' form, version 0. */
export function subscriptionResponseSerde<V>(foreignValue: Serde<V>): Serde<SubscriptionResponse<V>> {
  return Object.freeze({
    serialize(topic: string, response: SubscriptionResponse<V> | null) {
      if (response === null) return null;
      const { hash } = response;
      const value = foreignValue.serialize(topic, response.foreignValue) ?? none;
      const bytes = Buffer.allocUnsafe(1 + (hash?.length ?? 0) + value.length);
      bytes[0] = hash === null ? noHash : 0;
      put(value, bytes, hash === null ? 1 : put(hash, bytes, 1));
      return bytes;
    },
    deserialize(topic: string, bytes: Buffer | null): SubscriptionResponse<V> | null {
      if (bytes === null) return null;
      versionOf(bytes, 0);
      const hash = hashIn(bytes, 1);
      const value = bytes.subarray(hash === null ? 1 : 1 + hashBytes);
      const foreignValue_ = value.length === 0 ? null : foreignValue.deserialize(topic, value);
      return { hash, foreignValue: foreignValue_, primaryPartition: undefined };
    },
  });
}

function versionOf(bytes: Buffer, versionMax: number): number {
  const version = (bytes[0] ?? 0x7f) & 0x7f;
  if (version <= versionMax) return version;
  throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `version ${version} of a foreign-key join is not known`);
}

function instructionIn(bytes: Buffer): Instruction {
  const instruction = bytes[1] ?? 0xff;
  if (instruction <= instructions.answerIfThere) return instruction as Instruction;
  throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `instruction ${instruction} of a foreign-key join is not known`);
}

function hashIn(bytes: Buffer, at: number): Buffer | null {
  if (((bytes[0] as number) & noHash) !== 0) return null;
  if (bytes.length >= at + hashBytes) return bytes.subarray(at, at + hashBytes);
  throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `${bytes.length} bytes are too few for a foreign-key join`);
}

/** The key of a subscription in its store: the length and bytes of the foreign key, then those of the primary one. */
export function combinedKey(foreignKey: Buffer, primaryKey: Buffer): Buffer {
  const key = Buffer.allocUnsafe(lengthBytes + foreignKey.length + primaryKey.length);
  key.writeInt32BE(foreignKey.length);
  put(primaryKey, key, put(foreignKey, key, lengthBytes));
  return key;
}

/** What the keys of all subscriptions to one foreign key start with, and those of no other. */
export function foreignKeyPrefix(foreignKey: Buffer): Buffer {
  return combinedKey(foreignKey, none);
}

/** The smallest key above all that start with a prefix. */
export function afterPrefix(prefix: Buffer): Buffer {
  const after = Buffer.from(prefix);
  let at = after.length - 1;
  for (; at > 0 && after[at] === 0xff; at -= 1) after[at] = 0;
  after[at] = (after[at] as number) + 1;
  return after;
}

/** Copies bytes to a place in others and gives the place behind them. */
function put(from: Buffer, to: Buffer, at: number): number {
  if (from.length > shortMax) from.copy(to, at);
  else for (let i = 0; i < from.length; i += 1) to[at + i] = from[i] as number;
  return at + from.length;
}
