import { createSimulation } from '@nagare/base/sim';
import { errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { createClient } from '../client.ts';
import type { ProducerOptions } from '../producer.ts';
import { type Interference, ScriptedCluster } from '../testing/scripted-cluster.ts';
import type { Transaction } from '../transaction.ts';

type Protocol = 1 | 2;

async function world({ protocol = 2 as Protocol, topics = { orders: 2, bills: 1 } as Record<string, number> } = {}) {
  const sim = createSimulation({ seed: 1 });
  const cluster = await sim.complete(ScriptedCluster.start({ platform: sim.platform('broker'), topics }));
  cluster.transactions.version = protocol;
  const client = createClient({ brokers: cluster, platform: sim.platform('client') });
  const done = <Value>(work: Promise<Value>) => sim.complete(work, { simMsMax: 600_000 });
  const produce = (options: ProducerOptions = {}) => client.producer({ transactionalId: 'till', ...options });
  const asked = (api: string) => cluster.requests.filter((request) => request.api === api);
  return { sim, cluster, client, done, produce, asked };
}

const send = (tx: Transaction, value: string, partition = 0) =>
  tx.send({ topic: 'orders', messages: [{ value, partition }] });

const group = { groupId: 'shop', generationId: -1, memberId: '', groupInstanceId: null };
const offsets = [{ topic: 'bills', partition: 0, offset: 7 }];

/** Answers the next requests of one kind with these, one each. */
function script(cluster: ScriptedCluster, api: string, ...answers: Interference[]): void {
  cluster.interfere = (name) => (name === api ? answers.shift() : undefined);
}

describe.each([1, 2] as const)('transactions by protocol %i', (protocol) => {
  test('make records and offsets visible together', async () => {
    const { cluster, done, produce } = await world({ protocol });
    const producer = produce();
    const tx = await done(producer.transaction());
    await done(send(tx, 'a', 0));
    await done(send(tx, 'b', 1));
    await done(tx.sendOffsets({ groupMetadata: group, offsets }));
    expect(cluster.partition('orders', 0).committedValues()).toEqual([]);
    expect(cluster.commits.size).toBe(0);
    await done(tx.commit());
    expect(cluster.partition('orders', 0).committedValues()).toEqual(['a']);
    expect(cluster.partition('orders', 1).committedValues()).toEqual(['b']);
    expect(cluster.commits.get('shop bills 0')).toBe(7);
    await done(producer.close());
  });

  test('follow each other, and an aborted one leaves nothing to be seen', async () => {
    const { cluster, done, produce } = await world({ protocol });
    const producer = produce();
    for (let round = 0; round < 6; round++) {
      const tx = await done(producer.transaction());
      await done(send(tx, `${round}`));
      await done(tx.sendOffsets({ groupMetadata: group, offsets: [{ topic: 'bills', partition: 0, offset: round }] }));
      await done(round % 2 === 0 ? tx.commit() : tx.abort());
    }
    expect(cluster.partition('orders', 0).values()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(cluster.partition('orders', 0).committedValues()).toEqual(['0', '2', '4']);
    expect(cluster.commits.get('shop bills 0')).toBe(4);
  });

  test('are aborted when they are disposed of without a commit', async () => {
    const { cluster, done, produce } = await world({ protocol });
    const producer = produce();
    const work = async () => {
      await using tx = await producer.transaction();
      await send(tx, 'lost');
      throw new Error('the work failed');
    };
    await expect(done(work())).rejects.toThrow('the work failed');
    expect(cluster.transactions.isIdle).toBe(true);
    expect(cluster.partition('orders', 0).committedValues()).toEqual([]);
  });

  test('say nothing to the coordinator when nothing was done', async () => {
    const { done, produce, asked } = await world({ protocol });
    const producer = produce();
    await done((await done(producer.transaction())).commit());
    await done((await done(producer.transaction())).abort());
    expect(asked('EndTxn')).toEqual([]);
  });

  test('drop what was not sent when they are aborted', async () => {
    const { cluster, done, produce, asked } = await world({ protocol });
    const producer = produce({ lingerMs: 10_000 });
    const tx = await done(producer.transaction());
    const sending = send(tx, 'never').catch((error) => error.code);
    await done(tx.abort());
    expect(await done(sending)).toBe('NAGARE_CLIENT_TRANSACTION_ENDED');
    expect(asked('Produce')).toEqual([]);
    expect(cluster.partition('orders', 0).values()).toEqual([]);
  });

  test('do not wait for a topic that never comes when they are aborted', async () => {
    const { sim, done, produce } = await world({ protocol });
    const producer = produce();
    const tx = await done(producer.transaction());
    const sending = tx.send({ topic: 'missing', messages: [{ value: 'x' }] }).catch((error) => error.code);
    const before = sim.platform('watch').clock.monotonicMs();
    await done(tx.abort());
    expect(await done(sending)).toBe('NAGARE_CLIENT_TRANSACTION_ENDED');
    expect(sim.platform('watch').clock.monotonicMs() - before).toBeLessThan(2_000);
  });

  test.each([
    ['Produce', 'MESSAGE_TOO_LARGE'],
    ['Produce', 'TOPIC_AUTHORIZATION_FAILED'],
    ['Produce', 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['Produce', 'INVALID_PRODUCER_EPOCH'],
    ['Produce', 'TRANSACTION_ABORTABLE'],
    ['TxnOffsetCommit', 'ILLEGAL_GENERATION'],
    ['TxnOffsetCommit', 'UNKNOWN_MEMBER_ID'],
    ['TxnOffsetCommit', 'FENCED_INSTANCE_ID'],
    ['TxnOffsetCommit', 'GROUP_AUTHORIZATION_FAILED'],
    ['TxnOffsetCommit', 'TRANSACTION_ABORTABLE'],
    ['EndTxn', 'TRANSACTION_ABORTABLE'],
  ] as const)('can only be aborted after %s has answered %s, and the next one commits', async (api, answer) => {
    const { cluster, done, produce } = await world({ protocol });
    const producer = produce();
    const tx = await done(producer.transaction());
    script(cluster, api, { errorCode: errorCode[answer] });
    const work = async () => {
      await send(tx, 'lost');
      await tx.sendOffsets({ groupMetadata: group, offsets });
      await tx.commit();
    };
    const first = await done(work().catch((error) => error));
    expect(first.kafka).toBe(answer);
    await expect(done(tx.commit())).rejects.toMatchObject({
      code: 'NAGARE_CLIENT_TRANSACTION_ABORTABLE',
      kafka: answer,
    });
    await expect(done(send(tx, 'late'))).rejects.toMatchObject({ code: 'NAGARE_CLIENT_TRANSACTION_ABORTABLE' });
    await done(tx.abort());
    const next = await done(producer.transaction());
    await done(send(next, 'kept'));
    await done(next.commit());
    expect(cluster.partition('orders', 0).committedValues()).toEqual(['kept']);
    expect(cluster.commits.size).toBe(0);
    expect(cluster.transactions.isIdle).toBe(true);
  });

  test.each([
    ['InitProducerId', 'COORDINATOR_LOAD_IN_PROGRESS'],
    ['InitProducerId', 'CONCURRENT_TRANSACTIONS'],
    ['InitProducerId', 'NOT_COORDINATOR'],
    ['FindCoordinator', 'COORDINATOR_NOT_AVAILABLE'],
    ['Produce', 'NOT_ENOUGH_REPLICAS'],
    ['Produce', 'CONCURRENT_TRANSACTIONS'],
    ['TxnOffsetCommit', 'NOT_COORDINATOR'],
    ['TxnOffsetCommit', 'CONCURRENT_TRANSACTIONS'],
    ['TxnOffsetCommit', 'REQUEST_TIMED_OUT'],
    ['EndTxn', 'CONCURRENT_TRANSACTIONS'],
    ['EndTxn', 'COORDINATOR_NOT_AVAILABLE'],
    ['EndTxn', 'COORDINATOR_LOAD_IN_PROGRESS'],
  ] as const)('ask again after %s has answered %s', async (api, answer) => {
    const { cluster, done, produce } = await world({ protocol });
    script(cluster, api, { errorCode: errorCode[answer] }, { errorCode: errorCode[answer] });
    const tx = await done(produce().transaction());
    await done(send(tx, 'kept'));
    await done(tx.sendOffsets({ groupMetadata: group, offsets }));
    await done(tx.commit());
    expect(cluster.partition('orders', 0).committedValues()).toEqual(['kept']);
    expect(cluster.commits.get('shop bills 0')).toBe(7);
  });

  test.each([['InitProducerId'], ['Produce'], ['TxnOffsetCommit'], ['EndTxn']])(
    'commit once, although %s and then its answer is lost',
    async (api) => {
      const { cluster, done, produce } = await world({ protocol });
      script(cluster, api, 'drop-before', 'drop-after');
      const producer = produce();
      for (const value of ['first', 'second']) {
        const tx = await done(producer.transaction());
        await done(send(tx, value));
        await done(tx.sendOffsets({ groupMetadata: group, offsets }));
        await done(tx.commit());
      }
      expect(cluster.partition('orders', 0).committedValues()).toEqual(['first', 'second']);
      expect(cluster.partition('orders', 0).values()).toEqual(['first', 'second']);
    },
  );

  test.each([
    ['Produce', 'PRODUCER_FENCED', 'NAGARE_CLIENT_FENCED'],
    ['TxnOffsetCommit', 'PRODUCER_FENCED', 'NAGARE_CLIENT_FENCED'],
    ['EndTxn', 'PRODUCER_FENCED', 'NAGARE_CLIENT_FENCED'],
    ['EndTxn', 'INVALID_PRODUCER_EPOCH', 'NAGARE_CLIENT_FENCED'],
    ['EndTxn', 'INVALID_TXN_STATE', 'NAGARE_CLIENT_TRANSACTION_FATAL'],
    ['EndTxn', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'NAGARE_CLIENT_TRANSACTION_FATAL'],
    ['Produce', 'INVALID_PRODUCER_ID_MAPPING', 'NAGARE_CLIENT_TRANSACTION_FATAL'],
  ] as const)('are over for the producer when %s answers %s', async (api, answer, code) => {
    const { cluster, done, produce } = await world({ protocol });
    const producer = produce();
    const tx = await done(producer.transaction());
    script(cluster, api, { errorCode: errorCode[answer] });
    const work = async () => {
      await send(tx, 'lost');
      await tx.sendOffsets({ groupMetadata: group, offsets });
      await tx.commit();
    };
    await expect(done(work())).rejects.toMatchObject({ kafka: answer });
    await expect(done(tx.abort())).rejects.toMatchObject({
      code: expect.stringMatching(/NAGARE_CLIENT_(FENCED|TRANSACTION_(FATAL|ENDED))/),
    });
    await expect(done(producer.transaction())).rejects.toMatchObject({ code, kafka: answer });
    await done(producer.close());
  });

  test('fence the producer that had the id before, and end what it left open', async () => {
    const { cluster, done, produce } = await world({ protocol });
    const [older, newer] = [produce(), produce()];
    const open = await done(older.transaction());
    await done(send(open, 'lost'));
    const tx = await done(newer.transaction());
    await done(send(tx, 'kept'));
    await expect(done(send(open, 'zombie'))).rejects.toMatchObject({ kafka: 'INVALID_PRODUCER_EPOCH' });
    await expect(done(open.commit())).rejects.toMatchObject({ code: 'NAGARE_CLIENT_TRANSACTION_ABORTABLE' });
    await expect(done(open.abort())).rejects.toMatchObject({ code: 'NAGARE_CLIENT_FENCED' });
    await done(tx.commit());
    expect(cluster.partition('orders', 0).committedValues()).toEqual(['kept']);
  });

  test('cannot commit once their time is up', async () => {
    const { cluster, done, produce } = await world({ protocol });
    const tx = await done(produce().transaction());
    await done(send(tx, 'lost'));
    cluster.transactions.expire('till');
    await expect(done(tx.commit())).rejects.toMatchObject({ code: 'NAGARE_CLIENT_FENCED' });
    expect(cluster.partition('orders', 0).committedValues()).toEqual([]);
  });

  test('that wait for an answer too long are undecided, and a further commit tells', async () => {
    const { cluster, done, produce } = await world({ protocol });
    let isDown = true;
    cluster.interfere = (api) => (api === 'EndTxn' && isDown ? 'drop-after' : undefined);
    const producer = produce();
    const tx = await done(producer.transaction());
    await done(send(tx, 'kept'));
    const undecided = { code: 'NAGARE_CLIENT_TRANSACTION_UNDECIDED', retriable: true };
    await expect(done(tx.commit({ timeoutMs: 5_000 }))).rejects.toMatchObject(undecided);
    await expect(done(tx.abort())).rejects.toMatchObject(undecided);
    await expect(done(producer.transaction())).rejects.toMatchObject(undecided);
    isDown = false;
    await done(tx.commit());
    await done((await done(producer.transaction())).commit());
    expect(cluster.partition('orders', 0).committedValues()).toEqual(['kept']);
  });

  test('can be given up waiting for by a signal', async () => {
    const { cluster, done, produce } = await world({ protocol });
    cluster.interfere = (api) => (api === 'EndTxn' ? 'drop-before' : undefined);
    const tx = await done(produce().transaction());
    await done(send(tx, 'x'));
    const abort = new AbortController();
    const committing = tx.commit({ signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(done(committing)).rejects.toThrow('enough');
  });

  test('are aborted when the producer closes', async () => {
    const { cluster, done, produce } = await world({ protocol });
    const producer = produce();
    const tx = await done(producer.transaction());
    await done(send(tx, 'lost'));
    await done(producer.close());
    expect(cluster.transactions.isIdle).toBe(true);
    expect(cluster.partition('orders', 0).committedValues()).toEqual([]);
  });

  test('begin after the cluster has raised the protocol', async () => {
    const { cluster, done, produce } = await world({ protocol });
    const producer = produce();
    for (const version of [protocol, 2, 1, 2] as const) {
      cluster.transactions.version = version;
      // What brokers agree on is learned with each new connection.
      script(cluster, 'EndTxn', 'drop-before');
      const tx = await done(producer.transaction());
      await done(send(tx, `under ${version}`));
      await done(tx.commit());
    }
    expect(cluster.partition('orders', 0).committedValues()).toHaveLength(4);
  });
});

describe('the protocols', () => {
  test('differ in what is asked', async () => {
    for (const [protocol, adds, versions] of [
      [1, 1, { Produce: 11, TxnOffsetCommit: 4, EndTxn: 4 }],
      [2, 0, { Produce: 12, TxnOffsetCommit: 5, EndTxn: 5 }],
    ] as const) {
      const { done, produce, asked } = await world({ protocol });
      const tx = await done(produce().transaction());
      await done(send(tx, 'a'));
      await done(tx.sendOffsets({ groupMetadata: group, offsets }));
      await done(tx.commit());
      expect(asked('AddPartitionsToTxn')).toHaveLength(adds);
      expect(asked('AddOffsetsToTxn')).toHaveLength(adds);
      for (const [api, version] of Object.entries(versions)) expect(asked(api)[0]?.version).toBe(version);
    }
  });

  test('both survive a request to end that arrives when the next transaction is open', async () => {
    for (const protocol of [1, 2] as const) {
      const { cluster, done, produce } = await world({ protocol });
      const producer = produce({ requestTimeoutMs: 1_000 });
      const first = await done(producer.transaction());
      await done(send(first, 'first'));
      script(cluster, 'EndTxn', { delayMs: 1_500 });
      await done(first.commit());
      const second = await done(producer.transaction());
      await done(send(second, 'half', 0));
      // By now the late request has reached the coordinator.
      await done(new Promise<void>((resolve) => cluster.platformTimers.after(5_000, resolve)));
      expect(cluster.partition('orders', 0).committedValues()).toEqual(['first']);
      await done(send(second, 'whole', 1));
      await done(second.commit());
      expect(cluster.partition('orders', 1).committedValues()).toEqual(['whole']);
    }
  });
});

describe('a producer of transactions', () => {
  test('refuses what makes no sense', async () => {
    const { client, done, produce } = await world();
    expect(() => produce({ acks: 1 })).toThrow(RangeError);
    expect(() => produce({ transactionalId: '' })).toThrow(RangeError);
    await expect(client.producer().transaction()).rejects.toThrow(RangeError);
    const producer = produce();
    await expect(producer.send({ topic: 'orders', messages: [{ value: 'x' }] })).rejects.toThrow(RangeError);
    expect(() => producer.enqueue('orders', 0, 0, null, null, [])).toThrow(RangeError);
    const tx = await done(producer.transaction());
    await expect(producer.transaction()).rejects.toThrow(RangeError);
    await done(tx.commit());
    await expect(tx.commit()).rejects.toMatchObject({ code: 'NAGARE_CLIENT_TRANSACTION_ENDED' });
    await expect(tx.abort()).rejects.toMatchObject({ code: 'NAGARE_CLIENT_TRANSACTION_ENDED' });
    await expect(send(tx, 'x')).rejects.toMatchObject({ code: 'NAGARE_CLIENT_TRANSACTION_ENDED' });
  });

  test('does not commit when one of its sends was refused before it left', async () => {
    const { cluster, done, produce } = await world();
    const tx = await done(produce({ requestBytesMax: 1_000 }).transaction());
    await done(send(tx, 'small'));
    await expect(done(send(tx, 'x'.repeat(2_000)))).rejects.toMatchObject({ code: 'NAGARE_CLIENT_RECORD_TOO_LARGE' });
    await expect(done(tx.commit())).rejects.toMatchObject({ code: 'NAGARE_CLIENT_TRANSACTION_ABORTABLE' });
    await done(tx.abort());
    expect(cluster.partition('orders', 0).committedValues()).toEqual([]);
  });

  test('may begin again when it was refused only for now', async () => {
    const { cluster, done, produce } = await world();
    const producer = produce();
    script(cluster, 'InitProducerId', { errorCode: errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED });
    await expect(done(producer.transaction())).rejects.toMatchObject({
      kafka: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    });
    await done((await done(producer.transaction())).commit());
  });

  test('keeps what is sent while it commits out of the transaction', async () => {
    const { cluster, done, produce } = await world();
    const tx = await done(produce().transaction());
    const sending = send(tx, 'in');
    const committing = tx.commit();
    await expect(done(send(tx, 'out'))).rejects.toMatchObject({ code: 'NAGARE_CLIENT_TRANSACTION_ENDED' });
    await done(Promise.all([sending, committing]));
    expect(cluster.partition('orders', 0).values()).toEqual(['in']);
  });

  test('takes records without a promise as well', async () => {
    const { cluster, done, produce } = await world();
    const tx = await done(produce().transaction());
    for (let at = 0; at < 100; at++) tx.enqueue('orders', at % 2, at, null, Buffer.from(`${at}`), []);
    await done(tx.commit());
    const seen = cluster.partitions.get('orders')?.flatMap((partition) => partition.committedValues());
    expect(seen).toHaveLength(100);
  });

  test('does not commit when a record given without a promise has failed', async () => {
    const { cluster, done, produce } = await world();
    const tx = await done(produce().transaction());
    script(cluster, 'Produce', { errorCode: errorCode.MESSAGE_TOO_LARGE });
    tx.enqueue('orders', 0, 0, null, Buffer.from('x'), []);
    await expect(done(tx.commit())).rejects.toMatchObject({ kafka: 'MESSAGE_TOO_LARGE' });
    await done(tx.abort());
  });
});
