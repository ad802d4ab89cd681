import { codecOf, ProtocolError, Reader, storedRecords, Writer } from '@nagare/protocol';
import type { StoredPair } from '../shard.ts';
import { none, type TxnMetadata } from './txn-metadata.ts';
import { noPartitions, type TxnPartitions } from './txn-partitions.ts';
import { recordOf, type TxnRecord } from './txn-record.ts';
import { stateId, stateOf } from './txn-state.ts';

const { transactionLogKey, transactionLogValue } = storedRecords;

/** What begins the keys: the only kind of record there is. */
const keyType = 0;
/** The version that Kafka writes since it has transaction versions. */
const valueVersion = 1;
const typeBytes = 2;

const keyCodec = codecOf(transactionLogKey, 0);
const valueCodec = codecOf(transactionLogValue, valueVersion);

export function encodeRecords(records: readonly TxnRecord[]): StoredPair[] {
  return records.map((record) => {
    const isTombstone = record.type === 'tombstone';
    const id = isTombstone ? record.transactionalId : record.metadata.transactionalId;
    return { key: encodeKey(id), value: isTombstone ? null : encodeValue(record.metadata) };
  });
}

/**
 * The record that a stored pair is; undefined for kinds that we do not know.
 *
 * @throws {ProtocolError} When the bytes are not those of the kind that the key names.
 */
export function decodeRecord({ key, value }: StoredPair): TxnRecord | undefined {
  if (key === null || key.length < typeBytes || key.readInt16BE(0) !== keyType) return undefined;
  const { transactionalId } = keyCodec.read(new Reader(key, typeBytes));
  return value === null ? { type: 'tombstone', transactionalId } : recordOf(decodeValue(value, transactionalId));
}

function encodeKey(transactionalId: string): Buffer {
  const writer = new Writer(64);
  writer.int16(keyType);
  keyCodec.write(writer, { transactionalId });
  return writer.toBuffer();
}

function encodeValue(metadata: TxnMetadata): Buffer {
  const writer = new Writer(128);
  writer.int16(valueVersion);
  valueCodec.write(writer, {
    producerId: metadata.producerId,
    previousProducerId: metadata.previousProducerId,
    nextProducerId: metadata.nextProducerId,
    producerEpoch: metadata.producerEpoch,
    transactionTimeoutMs: metadata.timeoutMs,
    transactionStatus: stateId(metadata.state),
    transactionPartitions:
      metadata.state === 'Empty'
        ? null
        : Array.from(metadata.partitions, ([topic, indexes]) => ({ topic, partitionIds: [...indexes] })),
    transactionLastUpdateTimestampMs: metadata.updateMs,
    transactionStartTimestampMs: metadata.startMs,
    clientTransactionVersion: metadata.transactionVersion,
  });
  return writer.toBuffer();
}

function decodeValue(value: Buffer, transactionalId: string): TxnMetadata {
  const reader = new Reader(value);
  const stored = codecOf(transactionLogValue, reader.int16()).read(reader);
  const state = stateOf(stored.transactionStatus);
  if (state === undefined)
    throw new ProtocolError('malformed', `Transaction status ${stored.transactionStatus} is never stored`);
  return {
    transactionalId,
    producerId: stored.producerId,
    previousProducerId: stored.previousProducerId,
    nextProducerId: stored.nextProducerId,
    producerEpoch: stored.producerEpoch,
    lastProducerEpoch: none,
    timeoutMs: stored.transactionTimeoutMs,
    state,
    partitions: partitionsOf(stored.transactionPartitions ?? []),
    startMs: stored.transactionStartTimestampMs,
    updateMs: stored.transactionLastUpdateTimestampMs,
    transactionVersion: stored.clientTransactionVersion,
  };
}

function partitionsOf(stored: readonly { topic: string; partitionIds: readonly number[] }[]): TxnPartitions {
  if (stored.length === 0) return noPartitions;
  return new Map(stored.map(({ topic, partitionIds }) => [topic, new Set(partitionIds)]));
}
