import { expect, test } from 'vitest';
import { createBroker } from '../create-broker.ts';
import { startTestBroker } from '../testing/test-broker.ts';
import { TxnProducer } from '../testing/txn-producer.ts';

const text = { deserialize: (_topic: string, bytes: Buffer | null) => bytes?.toString() ?? null };
const json = { deserialize: (_topic: string, bytes: Buffer | null) => JSON.parse(String(bytes)) as { state: string } };

test('records are appended and read decoded, without a client', async () => {
  await using broker = await createBroker();
  await broker.topics.create('orders', { partitions: 3 });
  await broker.topics.append('orders', [
    { key: 'a', value: '{"state":"placed"}', timestampMs: 7, headers: { source: 'test' }, partition: 1 },
    { key: 'a', value: '{"state":"paid"}', timestampMs: 8, partition: 1 },
    { key: 'b', value: '{"state":"placed"}', timestampMs: 9, partition: 0 },
  ]);
  const records = await broker.topics.read('orders', { key: text, value: json });
  expect(
    records.map(({ partition, offset, timestampMs, key, value }) => [partition, offset, timestampMs, key, value.state]),
  ).toEqual([
    [0, 0, 9, 'b', 'placed'],
    [1, 0, 7, 'a', 'placed'],
    [1, 1, 8, 'a', 'paid'],
  ]);
  expect(records[1]?.headers).toEqual([{ key: 'source', value: Buffer.from('test') }]);
  expect(await broker.topics.read('orders', { partition: 1, from: 1, value: text })).toMatchObject([
    { offset: 1, value: '{"state":"paid"}' },
  ]);
});

test('records of one key go to the partition that other clients choose', async () => {
  await using broker = await createBroker({ settings: { 'num.partitions': 8 } });
  await broker.topics.append('t', [{ key: '21', value: 'x' }, { value: 'no key' }]);
  const places = (await broker.topics.read('t')).map(({ partition, value }) => [partition, String(value)]);
  expect(places).toContainEqual([0, 'no key']);
  // murmur2('21') & 0x7fffffff = 1173551340 in Kafka's own test of its hash (-973932308 signed).
  expect(places).toContainEqual([(-973_932_308 & 0x7fffffff) % 8, 'x']);
});

test('aborted records and open transactions are read only by who asks for them', async () => {
  await using node = await startTestBroker();
  const { broker, client } = node;
  await broker.topics.create('t');
  const producer = await TxnProducer.start(client, { transactionalId: 'a' });
  await producer.write('t', ['aborted']);
  await producer.end(false);
  await broker.topics.append('t', [{ value: 'plain' }]);
  await producer.write('t', ['committed']);
  await producer.end(true);
  await producer.write('t', ['open']);
  const values = async (isolation: 'read_committed' | 'read_uncommitted') =>
    (await broker.topics.read('t', { isolation, value: text })).map(({ value }) => value);
  expect(await values('read_committed')).toEqual(['plain', 'committed']);
  expect(await values('read_uncommitted')).toEqual(['aborted', 'plain', 'committed', 'open']);
});

test('topics are listed, deleted, and refused with the name of the error', async () => {
  await using broker = await createBroker();
  await broker.topics.create('b');
  await broker.topics.create('a');
  expect(broker.topics.list()).toEqual(['a', 'b']);
  await broker.topics.delete('a');
  expect(broker.topics.list()).toEqual(['b']);
  await expect(broker.topics.create('b')).rejects.toThrow('TOPIC_ALREADY_EXISTS');
  await expect(broker.topics.delete('a')).rejects.toThrow('UNKNOWN_TOPIC_OR_PARTITION');
  await expect(broker.topics.read('a')).rejects.toThrow('UNKNOWN_TOPIC_OR_PARTITION');
  await expect(broker.topics.read('b', { partition: 9 })).rejects.toThrow('b-9: UNKNOWN_TOPIC_OR_PARTITION');
});
