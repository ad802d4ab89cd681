import { codecOf, ProtocolError, Reader, storedRecords, Writer } from '@nagare/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRecord, encodeRecords } from './records.ts';
import type { TxnMetadata } from './txn-metadata.ts';
import type { TxnRecord } from './txn-record.ts';

const partitions = fc
  .dictionary(fc.string({ maxLength: 20 }), fc.uniqueArray(fc.nat(100), { minLength: 1, maxLength: 4 }), { maxKeys: 3 })
  .map((topics) => new Map(Object.entries(topics).map(([topic, indexes]) => [topic, new Set(indexes)])));
const metadata: fc.Arbitrary<TxnMetadata> = fc.record({
  transactionalId: fc.string({ maxLength: 50 }),
  producerId: fc.nat(),
  previousProducerId: fc.integer({ min: -1, max: 1_000_000 }),
  nextProducerId: fc.integer({ min: -1, max: 1_000_000 }),
  producerEpoch: fc.nat(32_767),
  lastProducerEpoch: fc.constant(-1),
  timeoutMs: fc.integer({ min: 1, max: 900_000 }),
  state: fc.constantFrom('Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'),
  partitions,
  startMs: fc.integer({ min: -1, max: 2_000_000_000_000 }),
  updateMs: fc.nat(2_000_000_000_000),
  transactionVersion: fc.constantFrom(0, 1, 2),
});

function stored(metadataBytes: (writer: Writer) => void) {
  const key = new Writer();
  key.int16(0);
  codecOf(storedRecords.transactionLogKey, 0).write(key, { transactionalId: 'a' });
  const value = new Writer();
  metadataBytes(value);
  return { key: key.toBuffer(), value: value.toBuffer() };
}

describe('records of __transaction_state', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(metadata, (each) => {
        const records: TxnRecord[] = [
          { type: 'transaction', metadata: each },
          { type: 'tombstone', transactionalId: each.transactionalId },
        ];
        expect(encodeRecords(records).map(decodeRecord)).toEqual(records);
      }),
    );
  });

  test('an empty transaction has no list of partitions, as with Kafka', () => {
    const txn: TxnMetadata = { ...fc.sample(metadata, 1)[0]!, state: 'Empty', partitions: new Map() };
    const [pair] = encodeRecords([{ type: 'transaction', metadata: txn }]);
    const reader = new Reader(pair!.value!, 2);
    expect(pair!.value!.readInt16BE(0)).toBe(1);
    expect(codecOf(storedRecords.transactionLogValue, 1).read(reader).transactionPartitions).toBeNull();
    expect(decodeRecord(pair!)).toMatchObject({ metadata: { partitions: new Map() } });
  });

  test('version 0, of older brokers, has no further producer ids', () => {
    const pair = stored((writer) => {
      writer.int16(0);
      codecOf(storedRecords.transactionLogValue, 0).write(writer, {
        ...{
          producerId: 7,
          producerEpoch: 3,
          transactionTimeoutMs: 5,
          transactionStatus: 4,
          transactionPartitions: [],
        },
        ...{ transactionLastUpdateTimestampMs: 1, transactionStartTimestampMs: 2 },
      });
    });
    expect(decodeRecord(pair)).toMatchObject({
      metadata: { state: 'CompleteCommit', previousProducerId: -1, nextProducerId: -1, transactionVersion: 0 },
    });
  });

  test.each([6, 7, 8, -1])('status %i, which is never stored, is an error', (transactionStatus) => {
    const pair = stored((writer) => {
      writer.int16(1);
      codecOf(storedRecords.transactionLogValue, 1).write(writer, {
        ...{ producerId: 7, producerEpoch: 3, transactionTimeoutMs: 5, transactionStatus, transactionPartitions: [] },
        ...{ transactionLastUpdateTimestampMs: 1, transactionStartTimestampMs: 2 },
      });
    });
    expect(() => decodeRecord(pair)).toThrow(ProtocolError);
  });

  test('keys of other kinds are not for the coordinator', () => {
    expect(decodeRecord({ key: Buffer.from([0, 1, 0, 0]), value: null })).toBeUndefined();
    expect(decodeRecord({ key: null, value: null })).toBeUndefined();
  });
});
