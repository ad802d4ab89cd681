import { apis, errorCode } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TxnWire } from '../testing/txn-wire.ts';

let txn: TxnWire;
beforeEach(async () => {
  txn = await TxnWire.start();
});
afterEach(() => txn[Symbol.asyncDispose]());

describe('DescribeTransactions', () => {
  test('tells all that is known of a transaction', async () => {
    const { producerId } = await txn.init({ timeoutMs: 5_000 });
    const beforeMs = Date.now();
    await txn.add({ producerId, producerEpoch: 0 }, { partitions: [1] });
    const described = await txn.describe();
    expect(described).toEqual({
      ...{ errorCode: 0, transactionalId: 'a', transactionState: 'Ongoing', transactionTimeoutMs: 5_000 },
      ...{ producerId, producerEpoch: 0, topics: [{ topic: 't', partitions: [1] }] },
      transactionStartTimeMs: described.transactionStartTimeMs,
    });
    expect(described.transactionStartTimeMs).toBeGreaterThanOrEqual(beforeMs);
  });

  test('answers for each id apart', async () => {
    await txn.init();
    const body = { transactionalIds: ['', 'a'] };
    const { transactionStates } = await txn.kit.client.request(apis.describeTransactions, 0, body);
    expect(transactionStates.map((state) => [state.transactionalId, state.errorCode])).toEqual([
      ['', errorCode.INVALID_REQUEST],
      ['a', 0],
    ]);
    expect(transactionStates[1]).toMatchObject({ transactionState: 'Empty', transactionStartTimeMs: -1 });
  });

  test('says that an id is unknown', async () => {
    await txn.kit.client.request(apis.findCoordinator, 4, { keyType: 1, coordinatorKeys: ['x', 'y', 'z'] });
    expect((await txn.describe('x')).errorCode).toBe(errorCode.TRANSACTIONAL_ID_NOT_FOUND);
  });
});
