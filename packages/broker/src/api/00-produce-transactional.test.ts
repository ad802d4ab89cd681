import { apis, encodeBatch, errorName } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCommitted } from '../testing/read-topic.ts';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { TxnProducer, type TxnProtocol } from '../testing/txn-producer.ts';

let kit: TestBroker;

beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders', { partitions: 2 });
});
afterEach(() => kit[Symbol.asyncDispose]());

const start = (transactionalId = 'payments', protocol: TxnProtocol = 'adding') =>
  TxnProducer.start(kit.client, { transactionalId, protocol });

/** Sends one request with a batch for each partition that is named. */
async function produce(
  batches: Readonly<Record<number, { producerId: number; producerEpoch?: number; isTransactional?: boolean }>>,
  { transactionalId = 'payments' as string | null, version = 12, acks = -1 } = {},
) {
  const partitionData = Object.entries(batches).map(
    ([index, { producerEpoch = 0, isTransactional = true, ...batch }]) => {
      const options = { ...batch, producerEpoch, isTransactional, baseSequence: batch.producerId < 0 ? -1 : 0 };
      const records = encodeBatch(options, [{ timestamp: 1, key: null, value: Buffer.from('v') }]);
      return { index: Number(index), records };
    },
  );
  const topicData = [{ name: 'orders', partitionData }];
  const body = { transactionalId, acks, timeoutMs: 1_000, topicData };
  const { responses } = await kit.client.request(apis.produce, version, body);
  return responses[0]!.partitionResponses.map(({ errorCode: code }) => errorName(code));
}

describe.each<TxnProtocol>(['adding', 'telling'])('a producer that is %s partitions', (protocol) => {
  const write = async (producer: TxnProducer, ...values: string[]) => {
    if (protocol === 'telling') expect(await producer.add('orders')).toBe('NONE');
    return producer.write('orders', values);
  };

  test('has its records read when it commits, and not when it aborts', async () => {
    const producer = await start('payments', protocol);
    expect(await write(producer, 'a', 'b')).toEqual({ error: 'NONE', offset: 0 });
    expect(await readCommitted(kit.client, 'orders')).toEqual([]);
    expect(await producer.end(true)).toBe('NONE');
    await expect.poll(() => readCommitted(kit.client, 'orders')).toEqual(['a', 'b']);
    expect(await write(producer, 'no')).toMatchObject({ error: 'NONE' });
    expect(await producer.end(false)).toBe('NONE');
    expect(await write(producer, 'c')).toMatchObject({ error: 'NONE' });
    expect(await producer.end(true)).toBe('NONE');
    await expect.poll(() => readCommitted(kit.client, 'orders')).toEqual(['a', 'b', 'c']);
  });

  test('keeps the order of what it sends without waiting, from the first batch on', async () => {
    const producer = await start('payments', protocol);
    if (protocol === 'telling') await producer.add('orders');
    const sent = Array.from({ length: 20 }, (_, index) => producer.write('orders', [`${index}`]));
    const offsets = (await Promise.all(sent)).map(({ error, offset }) => `${error} ${offset}`);
    expect(offsets).toEqual(Array.from({ length: 20 }, (_, index) => `NONE ${index}`));
  });

  test('gets the first offset again for a batch that it sends again', async () => {
    const producer = await start('payments', protocol);
    await write(producer, 'a', 'b');
    const again = { topic: 'orders', partition: 0, values: ['a', 'b'], baseSequence: 0 };
    expect(await producer.send(again)).toEqual({ error: 'NONE', offset: 0 });
  });

  test('is fenced by the next producer with its id', async () => {
    const zombie = await start('payments', protocol);
    await write(zombie, 'old');
    const next = await start('payments', protocol);
    expect(next.epoch).toBeGreaterThan(zombie.epoch);
    expect(await zombie.write('orders', ['late'])).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' });
    expect(await write(next, 'new')).toMatchObject({ error: 'NONE' });
    await next.end(true);
    await expect.poll(() => readCommitted(kit.client, 'orders')).toEqual(['new']);
  });
});

describe('a transactional batch', () => {
  test('for a partition that was not added is refused as the version knows it', async () => {
    const { id: producerId, epoch: producerEpoch } = await start('payments', 'telling');
    const batch = { 0: { producerId, producerEpoch } };
    expect(await produce(batch, { version: 10 })).toEqual(['INVALID_TXN_STATE']);
    expect(await produce(batch, { version: 11 })).toEqual(['TRANSACTION_ABORTABLE']);
    expect(await produce(batch, { version: 12 })).toEqual(['NONE']);
  });

  test('that comes after its transaction was aborted does not open it again (KAFKA-14402)', async () => {
    const producer = await start('payments', 'telling');
    await producer.add('orders');
    await producer.write('orders', ['a']);
    await producer.end(false);
    expect(await producer.write('orders', ['late'])).toMatchObject({ error: 'INVALID_TXN_STATE' });
    await kit.produce('orders', ['plain']);
    await expect.poll(() => readCommitted(kit.client, 'orders')).toEqual(['plain']);
  });

  test('of an id that nobody coordinates is refused', async () => {
    await start();
    const unknown = () => produce({ 0: { producerId: 77 } }, { transactionalId: 'unknown' });
    // Until its coordinator has loaded, nobody can tell.
    await expect.poll(unknown).toEqual(['INVALID_PRODUCER_ID_MAPPING']);
  });

  test('needs a transactional id, for all that is sent with it', async () => {
    const plain = { producerId: -1, producerEpoch: -1, isTransactional: false };
    expect(await produce({ 0: { producerId: 5 }, 1: plain }, { transactionalId: null })).toEqual([
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    ]);
    expect(await produce({ 1: plain })).toEqual(['NONE']);
    expect(await produce({ 0: { producerId: 5 } }, { transactionalId: '' })).toEqual(['INVALID_REQUEST']);
  });

  test('of another producer must not be sent with it', async () => {
    const both = ['INVALID_PRODUCER_ID_MAPPING', 'INVALID_PRODUCER_ID_MAPPING'];
    expect(await produce({ 0: { producerId: 5 }, 1: { producerId: 6 } })).toEqual(both);
    expect(await produce({ 0: { producerId: 5 }, 1: { producerId: 5, producerEpoch: 1 } })).toEqual(both);
  });

  test('may be sent with batches for partitions that do not exist', async () => {
    const { id: producerId, epoch: producerEpoch } = await start();
    const batch = { producerId, producerEpoch };
    expect(await produce({ 0: batch, 9: batch })).toEqual(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION']);
    expect(await produce({ 1: batch }, { acks: 7 })).toEqual(['INVALID_REQUIRED_ACKS']);
  });

  test('leaves no room for others of its producer outside the transaction', async () => {
    const { id: producerId, epoch: producerEpoch } = await start();
    expect(await produce({ 0: { producerId, producerEpoch } })).toEqual(['NONE']);
    const plain = encodeBatch({ producerId, producerEpoch, baseSequence: 1 }, [
      { timestamp: 1, key: null, value: Buffer.from('v') },
    ]);
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: plain }] }];
    const { responses } = await kit.client.request(apis.produce, 12, { acks: -1, timeoutMs: 1_000, topicData });
    expect(errorName(responses[0]!.partitionResponses[0]!.errorCode)).toBe('INVALID_TXN_STATE');
  });
});
