import { apis } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { versionsOf } from '../testing/handler-groups.ts';
import { TxnWire } from '../testing/txn-wire.ts';

let txn: TxnWire;
beforeEach(async () => {
  txn = await TxnWire.start();
});
afterEach(() => txn[Symbol.asyncDispose]());

describe('EndTxn', () => {
  test.each(versionsOf(apis.endTxn))(
    'version %i commits, and commits again if the answer was lost',
    async (version) => {
      const { producerId, producerEpoch } = await txn.init();
      const producer = { producerId, producerEpoch };
      await txn.add(producer);
      // Only clients that know of it are told, and get, the next epoch.
      const next = version < 5 ? { producerId: -1, producerEpoch: -1 } : { producerId, producerEpoch: 1 };
      expect(await txn.end(producer, { version })).toEqual({ error: 'NONE', ...next });
      await txn.until('CompleteCommit');
      expect(await txn.end(producer, { version })).toEqual({ error: 'NONE', ...next });
      expect((await txn.end(producer, { version, isCommit: false })).error).toBe('INVALID_TXN_STATE');
      expect((await txn.describe()).producerEpoch).toBe(version < 5 ? 0 : 1);
    },
  );

  test.each([
    [3, true, 'INVALID_TXN_STATE'],
    [3, false, 'INVALID_TXN_STATE'],
    [5, true, 'INVALID_TXN_STATE'],
    [5, false, 'NONE'],
  ])('version %i without a transaction (commit: %s)', async (version, isCommit, error) => {
    const producer = await txn.init();
    expect((await txn.end(producer, { version, isCommit })).error).toBe(error);
  });

  test.each([
    [0, 'INVALID_PRODUCER_EPOCH'],
    [1, 'INVALID_PRODUCER_EPOCH'],
    [2, 'PRODUCER_FENCED'],
    [5, 'PRODUCER_FENCED'],
  ])('version %i tells a producer that was replaced', async (version, error) => {
    const old = await txn.init();
    const present = await txn.init();
    await txn.add(present);
    expect((await txn.end(old, { version })).error).toBe(error);
    expect((await txn.describe()).transactionState).toBe('Ongoing');
  });

  test.each([4, 5])('version %i: a producer id that is not of the transactional id is refused', async (version) => {
    const producer = await txn.init();
    const other = { ...producer, producerId: 1 };
    expect((await txn.end(other, { version })).error).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect((await txn.end(producer, { version, id: '' })).error).toBe('INVALID_REQUEST');
  });
});
