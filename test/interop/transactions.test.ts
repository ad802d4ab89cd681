import { type Client, type Consumer, createClient, type TopicPartition } from '@nagare/client';
import { describe, expect, test } from 'vitest';
import { kafkaTool } from '../tools/kafka-tool.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const broker = brokerForFile({ 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500' });
const client = () => createClient({ brokers: broker().bootstrap });

let topics = 0;

/** A new topic, so that tests do not see each other's records. */
async function newTopic(partitions = 1): Promise<string> {
  topics += 1;
  const topic = `transactions-${topics}`;
  await using admin = client().admin();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }] });
  return topic;
}

async function endOf({ topic, partition }: TopicPartition, isolationLevel: 'read_uncommitted' | 'read_committed') {
  await using admin = client().admin();
  const [end] = await admin.listOffsets({ partitions: [{ topic, partition, at: 'latest' }], isolationLevel });
  return end?.offset ?? -1;
}

/** All values of a partition that a reader sees, when the transactions there are decided: an end is answered before its markers are written. */
async function valuesOf(
  topic: string,
  { partition = 0, isolationLevel = 'read_committed' as 'read_uncommitted' | 'read_committed' } = {},
): Promise<string[]> {
  const at = { topic, partition };
  const end = await waitFor(
    async () => {
      const [stable, all] = [await endOf(at, 'read_committed'), await endOf(at, 'read_uncommitted')];
      return stable === all ? all : undefined;
    },
    { what: `all of ${topic}-${partition} to be decided`, timeoutMs: 60_000 },
  );
  await using consumer = client().consumer({ isolationLevel, autoOffsetReset: 'earliest' });
  consumer.assign([at]);
  const values: string[] = [];
  await waitFor(
    async () => {
      values.push(...(await pollValues(consumer)));
      return (consumer.position(at) ?? 0) >= end ? true : undefined;
    },
    { what: `all of ${topic}-${partition}`, timeoutMs: 60_000 },
  );
  return values;
}

async function pollValues(consumer: Consumer): Promise<string[]> {
  const values: string[] = [];
  for (const fetched of await consumer.poll({ timeoutMs: 100 })) {
    for (let cursor = fetched.records(); cursor.next(); ) values.push(String(cursor.value));
  }
  return values;
}

function suite(name: string): void {
  const producerOf = (of: Client, id: string) => of.producer({ transactionalId: `${name}-${id}` });

  test('commits and aborts, over partitions and several transactions', { timeout: 240_000 }, async () => {
    const topic = await newTopic(2);
    await using producer = producerOf(client(), 'rounds');
    for (let round = 0; round < 6; round++) {
      await using tx = await producer.transaction();
      const messages = [0, 1].map((partition) => ({ value: `${round}`, partition }));
      await tx.send({ topic, messages });
      if (round % 3 !== 2) await tx.commit();
    }
    expect(await valuesOf(topic)).toEqual(['0', '1', '3', '4']);
    expect(await valuesOf(topic, { partition: 1 })).toEqual(['0', '1', '3', '4']);
    const everything = await valuesOf(topic, { isolationLevel: 'read_uncommitted' });
    expect(everything).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  test('hides what is open from a reader of committed records, and what follows it', { timeout: 240_000 }, async () => {
    const topic = await newTopic();
    await using producer = producerOf(client(), 'open');
    await using plain = client().producer();
    const at = { topic, partition: 0 };
    const tx = await producer.transaction();
    await tx.send({ topic, messages: [{ value: 'open' }] });
    await plain.send({ topic, messages: [{ value: 'plain' }] });
    expect(await endOf(at, 'read_committed')).toBe(0);
    expect(await endOf(at, 'read_uncommitted')).toBe(2);
    await using consumer = client().consumer({ isolationLevel: 'read_committed', autoOffsetReset: 'earliest' });
    consumer.assign([at]);
    expect(await pollValues(consumer)).toEqual([]);
    await tx.commit();
    const seen: string[] = [];
    await waitFor(
      async () => {
        seen.push(...(await pollValues(consumer)));
        return seen.length >= 2 ? true : undefined;
      },
      { what: 'both records', timeoutMs: 60_000 },
    );
    expect(seen).toEqual(['open', 'plain']);
    // The marker takes an offset as well.
    expect(await endOf(at, 'read_committed')).toBe(3);
  });

  test('fences the producer that had the id before, and ends what it left open', { timeout: 240_000 }, async () => {
    const topic = await newTopic();
    await using older = producerOf(client(), 'fenced');
    await using newer = producerOf(client(), 'fenced');
    const open = await older.transaction();
    await open.send({ topic, messages: [{ value: 'zombie' }] });
    const tx = await newer.transaction();
    await tx.send({ topic, messages: [{ value: 'newer' }] });
    const late = await open.send({ topic, messages: [{ value: 'late' }] }).catch((error) => error);
    expect(late.kafka).toMatch(/INVALID_PRODUCER_EPOCH|PRODUCER_FENCED/);
    await expect(open.commit()).rejects.toMatchObject({ code: expect.stringMatching(/ABORTABLE|FENCED/) });
    await expect(open.abort()).rejects.toMatchObject({ code: 'NAGARE_CLIENT_FENCED' });
    await tx.commit();
    expect(await valuesOf(topic)).toEqual(['newer']);
  });

  test('stores offsets with the records, or not at all', { timeout: 240_000 }, async () => {
    const [input, output] = [await newTopic(), await newTopic()];
    await using plain = client().producer();
    await plain.send({ topic: input, messages: Array.from({ length: 20 }, (_, at) => ({ value: `${at}` })) });
    await using producer = producerOf(client(), 'offsets');
    const groupId = `${name}-offsets`;
    // Every second transaction is aborted, and its consumer goes away, so that the next one reads it again.
    for (let round = 0; (await valuesOf(output)).length < 20; round++) {
      await using consumer = client().consumer({ groupId, autoCommit: false, autoOffsetReset: 'earliest' });
      consumer.subscribe({ topics: [input] });
      const [fetched] = await waitFor(
        async () => {
          const chunks = await consumer.poll({ timeoutMs: 500, bytesMax: 1 });
          return chunks.length > 0 ? chunks : undefined;
        },
        { what: 'records', timeoutMs: 60_000 },
      );
      if (fetched === undefined) throw new Error('nothing was fetched');
      await using tx = await producer.transaction();
      const cursor = fetched.records();
      const messages: { value: string }[] = [];
      while (messages.length < 7 && cursor.next()) messages.push({ value: String(cursor.value) });
      await tx.send({ topic: output, messages });
      const offsets = [{ topic: input, partition: 0, offset: cursor.offset + 1 }];
      await tx.sendOffsets({ consumer, offsets });
      if (round % 2 === 1) await tx.commit();
    }
    expect(await valuesOf(output)).toEqual(Array.from({ length: 20 }, (_, at) => `${at}`));
  });

  test('refuses the offsets of a member that the group has gone on without', { timeout: 240_000 }, async () => {
    const [input, output] = [await newTopic(), await newTopic()];
    await using plain = client().producer();
    await plain.send({ topic: input, messages: [{ value: 'x' }] });
    const options = { groupId: `${name}-zombie`, autoCommit: false, autoOffsetReset: 'earliest' } as const;
    const zombie = client().consumer(options);
    zombie.subscribe({ topics: [input] });
    await waitFor(async () => ((await zombie.poll({ timeoutMs: 500 })).length > 0 ? true : undefined), {
      what: 'the record',
      timeoutMs: 60_000,
    });
    const groupMetadata = zombie.groupMetadata();
    await zombie.close();
    await using producer = producerOf(client(), 'zombie');
    await using tx = await producer.transaction();
    await tx.send({ topic: output, messages: [{ value: 'from a zombie' }] });
    const offsets = [{ topic: input, partition: 0, offset: 1 }];
    await expect(tx.sendOffsets({ groupMetadata, offsets })).rejects.toMatchObject({
      code: 'NAGARE_CLIENT_TRANSACTION_ABORTABLE',
      kafka: expect.stringMatching(/UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION/),
    });
    await tx.abort();
    expect(await valuesOf(output)).toEqual([]);
    await using admin = client().admin();
    const committed = await admin.fetchOffsets({ groupId: options.groupId });
    expect(committed.filter(({ offset }) => offset >= 0)).toEqual([]);
  });

  test('lets another consumer wait for offsets that are not decided', { timeout: 240_000 }, async () => {
    const input = await newTopic();
    const groupId = `${name}-unstable`;
    await using plain = client().producer();
    await plain.send({ topic: input, messages: [{ value: '0' }, { value: '1' }] });
    await using producer = producerOf(client(), 'unstable');
    const tx = await producer.transaction();
    const groupMetadata = { groupId, generationId: -1, memberId: '', groupInstanceId: null };
    await tx.sendOffsets({ groupMetadata, offsets: [{ topic: input, partition: 0, offset: 1 }] });
    await using consumer = client().consumer({ groupId, autoCommit: false, autoOffsetReset: 'earliest' });
    consumer.assign([{ topic: input, partition: 0 }]);
    expect(await consumer.poll({ timeoutMs: 500 })).toEqual([]);
    await tx.commit();
    const seen = await waitFor(
      async () => {
        const values = await pollValues(consumer);
        return values.length > 0 ? values : undefined;
      },
      { what: 'the record behind the committed offset', timeoutMs: 60_000 },
    );
    expect(seen).toEqual(['1']);
  });

  test('goes on after a transaction that ran out of time', { timeout: 240_000 }, async () => {
    const topic = await newTopic();
    const options = { transactionalId: `${name}-slow`, transactionTimeoutMs: 500 };
    await using slow = client().producer(options);
    const open = await slow.transaction();
    await open.send({ topic, messages: [{ value: 'slow' }] });
    await waitFor(async () => ((await endOf({ topic, partition: 0 }, 'read_committed')) > 0 ? true : undefined), {
      what: 'the coordinator to abort',
      timeoutMs: 60_000,
    });
    await expect(open.commit()).rejects.toMatchObject({ code: expect.stringMatching(/FENCED|FATAL/) });
    await using next = client().producer(options);
    const tx = await next.transaction();
    await tx.send({ topic, messages: [{ value: 'quick' }] });
    await tx.commit();
    expect(await valuesOf(topic)).toEqual(['quick']);
  });
}

describe('transactions by the second protocol', () => suite('second'));

describe('transactions by the first protocol', () => {
  test('the cluster goes back to it', { timeout: 240_000 }, async () => {
    const downgrade = ['downgrade', '--feature', 'transaction.version=1'];
    const features = (...args: readonly string[]) =>
      kafkaTool('kafka-features', ['--bootstrap-server', broker().bootstrap, ...args]);
    await features(...downgrade);
    const level = /Feature: transaction.version.*FinalizedVersionLevel: 1\b/;
    await waitFor(async () => level.test(await features('describe')) || undefined, { what: 'the broker to know' });
  });
  suite('first');
});

describe('an admin of transactions', () => {
  test('sees them, ends them, and shuts their producers out', { timeout: 240_000 }, async () => {
    const topic = await newTopic();
    const at = { topic, partition: 0 };
    const transactionalId = 'admin-fenced';
    await using admin = client().admin();
    await using producer = client().producer({ transactionalId });
    const tx = await producer.transaction();
    await tx.send({ topic, messages: [{ value: 'lost' }] });

    const listed = await admin.listTransactions({ states: ['Ongoing'] });
    expect(listed).toContainEqual({ transactionalId, producerId: expect.any(Number), state: 'Ongoing' });
    const [described] = await admin.describeTransactions({ transactionalIds: [transactionalId] });
    expect(described).toMatchObject({ transactionalId, state: 'Ongoing', timeoutMs: 60_000, partitions: [at] });
    const missing = admin.describeTransactions({ transactionalIds: ['nobody'] });
    await expect(missing).rejects.toMatchObject({ kafka: 'TRANSACTIONAL_ID_NOT_FOUND' });
    const [found] = await admin.describeProducers({ partitions: [at] });
    const { producerId } = described ?? { producerId: -1 };
    expect(found?.producers).toMatchObject([{ producerId, lastSequence: 0, transactionStartOffset: 0 }]);

    const [fenced] = await admin.fenceProducers({ transactionalIds: [transactionalId] });
    expect(fenced?.producerId).toBe(producerId);
    await expect(tx.commit()).rejects.toMatchObject({ code: 'NAGARE_CLIENT_FENCED' });
    expect(await valuesOf(topic)).toEqual([]);
  });

  test('ends one that hangs in a partition', { timeout: 240_000 }, async () => {
    const topic = await newTopic();
    await using admin = client().admin();
    await using producer = client().producer({ transactionalId: 'admin-hanging' });
    const tx = await producer.transaction();
    await tx.send({ topic, messages: [{ value: 'hanging' }] });
    const at = { topic, partition: 0 };
    await expect(admin.abortTransaction({ ...at, startOffset: 5 })).rejects.toThrow(RangeError);
    expect(await endOf(at, 'read_committed')).toBe(0);
    await admin.abortTransaction({ ...at, startOffset: 0 });
    expect(await endOf(at, 'read_committed')).toBe(2);
    expect(await valuesOf(topic)).toEqual([]);
  });
});
