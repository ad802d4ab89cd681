import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import {
  baseOffset,
  compressionCodec,
  isCrcValid,
  isLogAppendTime,
  isTransactional,
  lastOffset,
  lastSequence,
  maxTimestamp,
  partitionLeaderEpoch,
  readBatchHeader,
  sealCrc,
  setBaseOffset,
  setMaxTimestamp,
  setPartitionLeaderEpoch,
  setProducerState,
} from './batch-header.ts';
import { encodeBatch } from './record-writer.ts';

const record = { timestamp: 1000, key: null, value: Buffer.from('v') };
const producer = { producerId: 5, producerEpoch: 1, baseSequence: 2 ** 31 - 1 };

test('the base offset and the leader epoch are set without breaking the checksum', () => {
  const batch = encodeBatch({}, [record, record]);
  setBaseOffset(batch, 2 ** 40 + 1);
  setPartitionLeaderEpoch(batch, 7);
  expect(isCrcValid(batch)).toBe(true);
  expect([baseOffset(batch), lastOffset(batch), partitionLeaderEpoch(batch)]).toEqual([2 ** 40 + 1, 2 ** 40 + 2, 7]);
});

test('the append time is set, and taken back, with the other attributes kept', () => {
  const batch = encodeBatch({ compression: 'gzip', isTransactional: true }, [record]);
  setMaxTimestamp(batch, 5000, true);
  expect(isCrcValid(batch)).toBe(false);
  sealCrc(batch);
  expect(isCrcValid(batch)).toBe(true);
  expect([isLogAppendTime(batch), maxTimestamp(batch)]).toEqual([true, 5000]);
  setMaxTimestamp(batch, 1000, false);
  expect([isLogAppendTime(batch), isTransactional(batch), compressionCodec(batch)]).toEqual([false, true, 'gzip']);
});

test('a built batch goes to another producer epoch for a retry', () => {
  const batch = encodeBatch({ producerId: 5, producerEpoch: 0, baseSequence: 30 }, [record]);
  setProducerState(batch, producer);
  expect(isCrcValid(batch)).toBe(true);
  expect(readBatchHeader(batch)).toMatchObject(producer);
});

test('sequences go on at 0 after the greatest', () => {
  expect(lastSequence(encodeBatch(producer, [record, record, record]))).toBe(1);
  expect(lastSequence(encodeBatch({}, [record, record]))).toBe(-1);
});

test('batches are read where they stand in a larger buffer', () => {
  const batch = encodeBatch(producer, [record]);
  const buffer = Buffer.concat([Buffer.alloc(7, 0xff), batch]);
  setBaseOffset(buffer, 99, 7);
  setProducerState(buffer, { ...producer, producerEpoch: 2 }, 7);
  expect(isCrcValid(buffer, 7)).toBe(true);
  expect(readBatchHeader(buffer, 7)).toEqual({
    ...readBatchHeader(batch),
    producerEpoch: 2,
    baseOffset: 99,
    crc: expect.any(Number),
  });
});

test('an unknown compression and a short header are errors of the protocol', () => {
  const batch = encodeBatch({}, [record]);
  expect(() => readBatchHeader(batch.subarray(0, 60))).toThrow(ProtocolError);
  batch.writeInt16BE(5, 21);
  expect(() => compressionCodec(batch)).toThrow('Compression type 5 is unknown');
});
