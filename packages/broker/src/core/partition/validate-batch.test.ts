import {
  type CompressionType,
  compressionCodec,
  encodeBatch,
  isCrcValid,
  isLogAppendTime,
  maxTimestamp,
  producerId,
  type RecordDraft,
  readRecords,
  sealCrc,
  setBaseOffset,
} from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { defaultLogConfig, type LogConfig } from '../../log/log-config.ts';
import { validateBatch } from './validate-batch.ts';

const nowMs = 1_000_000;

function record(changes: Partial<RecordDraft> = {}): RecordDraft {
  return { timestamp: nowMs, key: Buffer.from('k'), value: Buffer.from('value'), ...changes };
}

function validate(records: Buffer | null, changes: Partial<LogConfig> = {}, version = 9) {
  return validateBatch(records, { config: { ...defaultLogConfig, ...changes }, nowMs, version });
}

/** A sound batch after a change of its bytes; with its checksum made right again unless told otherwise. */
function tampered(change: (batch: Buffer) => void, seals = true): Buffer {
  const batch = encodeBatch({}, [record(), record()]);
  change(batch);
  if (seals) sealCrc(batch);
  return batch;
}

describe('what is no single sound batch is refused', () => {
  const sound = encodeBatch({}, [record()]);
  const cases: [string, Buffer | null, string][] = [
    ['nothing', null, 'INVALID_RECORD'],
    ['no bytes', Buffer.alloc(0), 'INVALID_RECORD'],
    ['half a batch', sound.subarray(0, sound.length - 1), 'INVALID_RECORD'],
    ['an impossible size', tampered((batch) => batch.writeInt32BE(40, 8), false), 'CORRUPT_MESSAGE'],
    ['a newer format', tampered((batch) => batch.writeInt8(3, 16)), 'CORRUPT_MESSAGE'],
    ['a format below 0', tampered((batch) => batch.writeInt8(-1, 16)), 'CORRUPT_MESSAGE'],
    ['zeros behind a batch', Buffer.concat([sound, Buffer.alloc(100)]), 'CORRUPT_MESSAGE'],
    ['a newer format behind a batch', Buffer.concat([sound, Buffer.alloc(17, 3)]), 'CORRUPT_MESSAGE'],
    ['two batches', Buffer.concat([sound, sound]), 'INVALID_RECORD'],
    ['an older format', tampered((batch) => batch.writeInt8(1, 16)), 'INVALID_RECORD'],
    ['a changed byte', tampered((batch) => batch.writeInt8(1, 70), false), 'CORRUPT_MESSAGE'],
    ['a base offset', tampered((batch) => setBaseOffset(batch, 5)), 'INVALID_RECORD'],
    ['no records', tampered((batch) => batch.writeInt32BE(0, 57)), 'INVALID_RECORD'],
    ['a count that does not fit', tampered((batch) => batch.writeInt32BE(3, 57)), 'INVALID_RECORD'],
    ['a control batch', tampered((batch) => batch.writeInt16BE(0x20, 21)), 'INVALID_RECORD'],
    ['an unknown codec', tampered((batch) => batch.writeInt16BE(6, 21)), 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['a producer without a sequence', encodeBatch({ producerId: 4, producerEpoch: 0 }, [record()]), 'INVALID_RECORD'],
  ];
  test.each(cases)('%s', (_, records, error) => {
    expect(validate(records)).toMatchObject({ kind: 'error', error });
  });

  test('zstd from producers that should not know it', () => {
    const batch = tampered((bytes) => bytes.writeInt16BE(4, 21));
    expect(validate(batch, {}, 6)).toMatchObject({ error: 'UNSUPPORTED_COMPRESSION_TYPE' });
    expect(validate(batch, {}, 7)).toMatchObject({ kind: 'valid' });
  });

  test('a batch above the limits of the topic', () => {
    const batch = encodeBatch({}, [record()]);
    expect(validate(batch, { maxMessageBytes: batch.length })).toMatchObject({ kind: 'valid' });
    expect(validate(batch, { maxMessageBytes: batch.length - 1 })).toMatchObject({ error: 'MESSAGE_TOO_LARGE' });
    expect(validate(batch, { segmentBytes: batch.length - 1 })).toMatchObject({ error: 'RECORD_LIST_TOO_LARGE' });
  });
});

test('a sound batch is taken as it came, without the torn bytes behind it', () => {
  const batch = encodeBatch({}, [record()]);
  expect(validate(batch)).toEqual({ kind: 'valid', batch, logAppendTimeMs: -1 });
  const torn = Buffer.concat([batch, batch.subarray(0, 30)]);
  expect(validate(torn)).toEqual({ kind: 'valid', batch, logAppendTimeMs: -1 });
});

test('a compacted topic names each record without a key', () => {
  const batch = encodeBatch({ compression: 'gzip' }, [
    record(),
    record({ key: null }),
    record(),
    record({ key: null }),
  ]);
  const refused = validate(batch, { cleanupPolicy: ['compact'] });
  expect(refused).toMatchObject({
    kind: 'error',
    error: 'INVALID_RECORD',
    recordErrors: [{ batchIndex: 1 }, { batchIndex: 3 }],
  });
  expect(validate(encodeBatch({}, [record()]), { cleanupPolicy: ['compact', 'delete'] })).toMatchObject({
    kind: 'valid',
  });
});

describe('timestamps', () => {
  test('too far ahead are refused, record by record', () => {
    const batch = encodeBatch({}, [record(), record({ timestamp: nowMs + 101 })]);
    const refused = validate(batch, { messageTimestampAfterMaxMs: 100 });
    expect(refused).toMatchObject({ error: 'INVALID_TIMESTAMP', recordErrors: [{ batchIndex: 1 }] });
    expect(validate(batch, { messageTimestampAfterMaxMs: 101 })).toMatchObject({ kind: 'valid' });
  });

  test('too old are refused wherever they stand in the batch', () => {
    const batch = encodeBatch({}, [record(), record({ timestamp: nowMs - 101 }), record()]);
    const refused = validate(batch, { messageTimestampBeforeMaxMs: 100 });
    expect(refused).toMatchObject({ error: 'INVALID_TIMESTAMP', recordErrors: [{ batchIndex: 1 }] });
    expect(validate(batch, { messageTimestampBeforeMaxMs: 101 })).toMatchObject({ kind: 'valid' });
  });

  test('are the append time where the topic says so', () => {
    const valid = validate(encodeBatch({}, [record({ timestamp: 5 }), record({ timestamp: 6 })]), {
      messageTimestampType: 'LogAppendTime',
    });
    if (valid.kind === 'error') throw new Error(valid.error);
    expect(valid.logAppendTimeMs).toBe(nowMs);
    expect([isLogAppendTime(valid.batch), maxTimestamp(valid.batch), isCrcValid(valid.batch)]).toEqual([
      true,
      nowMs,
      true,
    ]);
    expect(readRecords(valid.batch).map(({ timestamp }) => timestamp)).toEqual([nowMs, nowMs]);
  });

  test('that claim to be the append time are not believed', () => {
    const claiming = () => encodeBatch({ logAppendTimeMs: nowMs }, [record()]);
    const refused = validate(claiming(), { messageTimestampType: 'LogAppendTime' });
    expect(refused).toMatchObject({ error: 'INVALID_TIMESTAMP' });
    const taken = validate(claiming());
    if (taken.kind === 'error') throw new Error(taken.error);
    expect([isLogAppendTime(taken.batch), isCrcValid(taken.batch)]).toEqual([false, true]);
  });
});

test.each<[CompressionType, LogConfig['compressionType'], CompressionType]>([
  ['none', 'gzip', 'gzip'],
  ['gzip', 'uncompressed', 'none'],
  ['snappy', 'lz4', 'lz4'],
  ['gzip', 'producer', 'gzip'],
])('a batch with %s on a topic with %s is stored with %s', (compression, compressionType, stored) => {
  const records = [
    record({ headers: [{ key: 'h', value: Buffer.from('1') }] }),
    record({ timestamp: nowMs - 7, value: null }),
  ];
  const batch = encodeBatch({ compression, producerId: 9, producerEpoch: 1, baseSequence: 4 }, records);
  const valid = validate(batch, { compressionType });
  if (valid.kind === 'error') throw new Error(valid.error);
  expect([compressionCodec(valid.batch), producerId(valid.batch), isCrcValid(valid.batch)]).toEqual([stored, 9, true]);
  expect(readRecords(valid.batch)).toEqual(readRecords(batch));
});

test('records that are malformed inside are refused where they must be read', () => {
  const batch = tampered((bytes) => bytes.writeInt8(0x7e, 61));
  expect(validate(batch, { cleanupPolicy: ['compact'] })).toMatchObject({ error: 'INVALID_RECORD' });
});
