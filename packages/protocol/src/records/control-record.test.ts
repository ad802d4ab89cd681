import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { isCrcValid, readBatchHeader } from './batch-header.ts';
import {
  controlTypes,
  encodeControlBatch,
  encodeControlKey,
  encodeEndTxnMarker,
  readControlType,
  readCoordinatorEpoch,
  readEndTxnMarker,
} from './control-record.ts';
import { readRecords } from './record-reader.ts';
import { encodeEmptyBatch } from './record-writer.ts';

test('keys have the ids of the protocol', () => {
  expect(controlTypes.map((type) => encodeControlKey(type).toString('hex'))).toEqual([
    '00000000',
    '00000001',
    '00000002',
    '00000003',
    '00000004',
    '00000005',
    '00000006',
  ]);
});

test('a control batch of Raft has one record and no producer', () => {
  const value = Buffer.from('0001', 'hex');
  const batch = encodeControlBatch({ type: 'leader-change', value, timestamp: 5, leaderEpoch: 3 });
  expect(isCrcValid(batch)).toBe(true);
  expect(readBatchHeader(batch)).toMatchObject({
    isControl: true,
    isTransactional: false,
    producerId: -1,
    baseSequence: -1,
    partitionLeaderEpoch: 3,
    recordCount: 1,
  });
  expect(readRecords(batch)[0]).toMatchObject({ key: encodeControlKey('leader-change'), value, timestamp: 5 });
});

test('control batches of other kinds, and ones that compaction has emptied, end no transaction', () => {
  const marker = { type: 'abort', producerId: 7, producerEpoch: 1, coordinatorEpoch: 2, timestamp: 5 } as const;
  expect(readEndTxnMarker(encodeEndTxnMarker(marker))).toEqual(marker);
  expect(readEndTxnMarker(encodeEmptyBatch(encodeEndTxnMarker(marker)))).toBeUndefined();
  const value = Buffer.from('0001', 'hex');
  expect(readEndTxnMarker(encodeControlBatch({ type: 'leader-change', value, timestamp: 5 }))).toBeUndefined();
});

describe('reading', () => {
  test('newer types are unknown, and newer versions read as this one', () => {
    expect(readControlType(Buffer.from('00000007', 'hex'))).toBe('unknown');
    expect(readControlType(Buffer.from('0000ffff', 'hex'))).toBe('unknown');
    expect(readControlType(Buffer.from('0001000100', 'hex'))).toBe('commit');
  });

  test.each([null, '', '000000', 'ffff0001'])('the key %s is refused', (hex) => {
    expect(() => readControlType(hex === null ? null : Buffer.from(hex, 'hex'))).toThrow(ProtocolError);
  });

  test.each([null, '', '0000000000'])('the marker value %s is refused', (hex) => {
    expect(() => readCoordinatorEpoch(hex === null ? null : Buffer.from(hex, 'hex'))).toThrow(ProtocolError);
  });
});
