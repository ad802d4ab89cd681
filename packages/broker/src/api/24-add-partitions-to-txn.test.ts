import { apis, errorName } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { versionsOf } from '../testing/handler-groups.ts';
import { TxnWire } from '../testing/txn-wire.ts';

let txn: TxnWire;
beforeEach(async () => {
  txn = await TxnWire.start();
});
afterEach(() => txn[Symbol.asyncDispose]());

describe('AddPartitionsToTxn', () => {
  test.each(versionsOf(apis.addPartitionsToTxn))('version %i adds partitions', async (version) => {
    const producer = await txn.init();
    expect(await txn.add(producer, { version, partitions: [0, 1] })).toEqual(['NONE', 'NONE']);
    const topics = [{ topic: 't', partitions: [0, 1] }];
    expect(await txn.describe()).toMatchObject({ transactionState: 'Ongoing', topics });
  });

  test.each([3, 4])('version %i: with one that is unknown none is added', async (version) => {
    const producer = await txn.init();
    const errors = await txn.add(producer, { version, partitions: [0, 2, 1] });
    expect(errors).toEqual(['OPERATION_NOT_ATTEMPTED', 'UNKNOWN_TOPIC_OR_PARTITION', 'OPERATION_NOT_ATTEMPTED']);
    expect(await txn.add(producer, { version, topic: 'none' })).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
    expect((await txn.describe()).transactionState).toBe('Empty');
  });

  test.each([
    [3, 'TOPIC_AUTHORIZATION_FAILED'],
    [4, 'NONE'],
  ])('version %i: internal topics are for brokers', async (version, error) => {
    const producer = await txn.init();
    expect(await txn.add(producer, { version, topic: '__transaction_state' })).toEqual([error]);
  });

  test.each([
    [0, 'INVALID_PRODUCER_EPOCH'],
    [1, 'INVALID_PRODUCER_EPOCH'],
    [2, 'PRODUCER_FENCED'],
    [5, 'PRODUCER_FENCED'],
  ])('version %i tells a producer that was replaced', async (version, error) => {
    const old = await txn.init();
    await txn.init();
    expect(await txn.add(old, { version, partitions: [0, 1] })).toEqual([error, error]);
  });

  test.each([3, 5])('version %i: a producer id that is not of the transactional id is refused', async (version) => {
    const producer = await txn.init();
    const error = 'INVALID_PRODUCER_ID_MAPPING';
    expect(await txn.add({ ...producer, producerId: 1 }, { version })).toEqual([error]);
    expect(await txn.add(producer, { version, id: 'nobody' })).toEqual([
      expect.stringMatching(/NOT_COORDINATOR|MAPPING/),
    ]);
    expect(await txn.add(producer, { version, id: '' })).toEqual(['INVALID_REQUEST']);
  });

  test('a batch of transactions is answered transaction by transaction', async () => {
    const { producerId, producerEpoch } = await txn.init();
    const one = { transactionalId: 'a', producerId, producerEpoch };
    const { resultsByTransaction } = await txn.kit.client.request(apis.addPartitionsToTxn, 5, {
      transactions: [
        { ...one, topics: [{ name: 't', partitions: [0] }] },
        { ...one, transactionalId: '', topics: [{ name: 't', partitions: [1] }] },
      ],
    });
    const told = resultsByTransaction.map(({ transactionalId, topicResults }) => [
      transactionalId,
      ...topicResults.flatMap((topic) => topic.resultsByPartition.map((it) => errorName(it.partitionErrorCode))),
    ]);
    expect(told).toEqual([
      ['a', 'NONE'],
      ['', 'INVALID_REQUEST'],
    ]);
  });

  test('a verification only looks (KIP-890)', async () => {
    const producer = await txn.init();
    await txn.add(producer, { partitions: [0] });
    const verified = await txn.add(producer, { version: 4, partitions: [0, 1], verifyOnly: true });
    expect(verified).toEqual(['NONE', 'TRANSACTION_ABORTABLE']);
    expect((await txn.describe()).topics).toEqual([{ topic: 't', partitions: [0] }]);
  });
});
