import { apis, encodeBatch } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ProducerRef } from '../core/transaction/txn-metadata.ts';
import { produceRequest, SimBroker } from '../testing/sim-broker.ts';

let broker: SimBroker;
let producer: ProducerRef;
/** Whether the disk under the records of `t` refuses to write. */
let isFailing: boolean;

beforeEach(async () => {
  isFailing = false;
  broker = await SimBroker.start({ settings: { 'transaction.state.log.num.partitions': 2 } });
  broker.fails = (method, path) => isFailing && path.includes('/t-0/') && method !== 'read';
  await broker.restart();
  await broker.createTopic('t');
  await broker.createTopic('u');
  await broker.ask(apis.findCoordinator, 3, { key: 'a', keyType: 1 });
  producer = await init();
});

async function init(): Promise<ProducerRef> {
  const body = { transactionalId: 'a', transactionTimeoutMs: 60_000 };
  const { producerId, producerEpoch } = await broker.ask(apis.initProducerId, 5, body);
  return { producerId, producerEpoch };
}

async function write(topic: string, value: string): Promise<number> {
  const batch = { ...producer, baseSequence: 0, isTransactional: true };
  const records = encodeBatch(batch, [{ timestamp: 1_700_000_000_000, key: null, value: Buffer.from(value) }]);
  const body = { ...produceRequest(topic, records, { sim: broker.sim }), transactionalId: 'a' };
  const { responses } = await broker.ask(apis.produce, 12, body);
  return responses[0]!.partitionResponses[0]!.errorCode;
}

async function end(committed: boolean): Promise<number> {
  const body = { transactionalId: 'a', ...producer, committed };
  const { errorCode, producerId, producerEpoch } = await broker.ask(apis.endTxn, 5, body);
  producer = { producerId, producerEpoch };
  return errorCode;
}

async function state(): Promise<string> {
  const { transactionStates } = await broker.ask(apis.describeTransactions, 0, { transactionalIds: ['a'] });
  return transactionStates[0]!.transactionState;
}

/** What a consumer gets that reads only what is committed: how far it can read, and which producers' records it drops. */
async function committed(topic: string, fetchOffset = 0) {
  const { responses } = await broker.ask(apis.fetch, 11, {
    ...{ maxWaitMs: 0, minBytes: 1, isolationLevel: 1 },
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
  });
  const { lastStableOffset, abortedTransactions } = responses[0]!.partitions[0]!;
  return [lastStableOffset, (abortedTransactions ?? []).length];
}

describe('a transaction of a broker with a disk', () => {
  test('ends in every partition, and is known after a power loss', async () => {
    expect([await write('t', 'x'), await write('u', 'y'), await end(true)]).toEqual([0, 0, 0]);
    await broker.sim.advance(1_000);
    expect(await state()).toBe('CompleteCommit');
    expect([await committed('t'), await committed('u')]).toEqual([
      [2, 0],
      [2, 0],
    ]);
    await broker.restart();
    await broker.sim.advance(1_000);
    expect(await state()).toBe('CompleteCommit');
    expect(producer.producerEpoch).toBe(1);
    expect(await write('t', 'z')).toBe(0);
    expect(await end(false)).toBe(0);
    await broker.sim.advance(1_000);
    expect(await committed('t', 2)).toEqual([4, 1]);
  });

  test('that is decided while a partition cannot be written is completed by the next start', async () => {
    expect([await write('t', 'x'), await write('u', 'y')]).toEqual([0, 0]);
    isFailing = true;
    expect(await end(true)).toBe(0);
    await broker.sim.advance(5_000);
    expect(await state()).toBe('PrepareCommit');
    expect(await committed('u')).toEqual([2, 0]);
    isFailing = false;
    await broker.restart();
    await broker.sim.advance(1_000);
    expect(await state()).toBe('CompleteCommit');
    expect(await committed('t')).toEqual([2, 0]);
  });

  test('is aborted by the coordinator when its topic is deleted and its producer is gone', async () => {
    expect([await write('t', 'x'), await write('u', 'y')]).toEqual([0, 0]);
    await broker.deleteTopic('t');
    await broker.restart();
    await broker.sim.advance(71_000);
    expect(await state()).toBe('CompleteAbort');
    expect(await committed('u')).toEqual([2, 1]);
    expect((await init()).producerEpoch).toBe(2);
  });
});
