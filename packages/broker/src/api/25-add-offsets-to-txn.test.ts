import { apis } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { partitionOfKey } from '../core/key-partition.ts';
import { versionsOf } from '../testing/handler-groups.ts';
import { TxnWire } from '../testing/txn-wire.ts';

let txn: TxnWire;
beforeEach(async () => {
  txn = await TxnWire.start();
});
afterEach(() => txn[Symbol.asyncDispose]());

describe('AddOffsetsToTxn', () => {
  test.each(versionsOf(apis.addOffsetsToTxn))(
    'version %i adds the partition in which the offsets of a group are, also when nobody has used it yet',
    async (version) => {
      const producer = await txn.init();
      expect(await txn.addOffsets(producer, { version })).toBe('NONE');
      const topics = [{ topic: '__consumer_offsets', partitions: [partitionOfKey('g', 50)] }];
      expect(await txn.describe()).toMatchObject({ transactionState: 'Ongoing', topics });
    },
  );

  test.each([
    [1, 'INVALID_PRODUCER_EPOCH'],
    [2, 'PRODUCER_FENCED'],
  ])('version %i tells a producer that was replaced', async (version, error) => {
    const old = await txn.init();
    await txn.init();
    expect(await txn.addOffsets(old, { version })).toBe(error);
  });

  test('a producer id that is not of the transactional id is refused', async () => {
    const producer = await txn.init();
    expect(await txn.addOffsets({ ...producer, producerId: 1 })).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect(await txn.addOffsets(producer, { id: '' })).toBe('INVALID_REQUEST');
  });
});
