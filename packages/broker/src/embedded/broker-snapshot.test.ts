import { apis, encodeBatch, errorName } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBroker } from '../create-broker.ts';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { TxnProducer } from '../testing/txn-producer.ts';

let original: TestBroker;
const opened: TestBroker[] = [];

async function startFrom(snapshot: Uint8Array): Promise<TestBroker> {
  const node = await startTestBroker({}, { snapshot });
  opened.push(node);
  return node;
}

beforeEach(async () => {
  original = await startTestBroker();
  await original.createTopic('t', { partitions: 2, configs: { 'retention.ms': '-1' } });
});

afterEach(async () => {
  for (const node of [original, ...opened.splice(0)]) await node[Symbol.asyncDispose]();
});

async function commit({ client }: TestBroker, committedOffset: number): Promise<string> {
  await client.request(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
  const { topics } = await client.request(apis.offsetCommit, 8, {
    ...{ groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null, retentionTimeMs: -1 },
    topics: [{ name: 't', partitions: [{ partitionIndex: 1, committedOffset, committedMetadata: 'm' }] }],
  });
  return errorName(topics[0]!.partitions[0]!.errorCode);
}

async function committed({ client }: TestBroker): Promise<number | undefined> {
  await client.request(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
  for (;;) {
    const topics = [{ name: 't', partitionIndexes: [1] }];
    const answer = await client.request(apis.offsetFetch, 7, { groupId: 'g', topics, requireStable: true });
    const offset = answer.topics[0]?.partitions[0]?.committedOffset;
    if (errorName(answer.errorCode) !== 'COORDINATOR_LOAD_IN_PROGRESS') return offset;
  }
}

describe('a broker that starts from a snapshot', () => {
  test('has the records with their offsets and times, topics with their configs, and committed offsets', async () => {
    await original.produce('t', ['a', 'b'], 0);
    await original.produce('t', ['c'], 1);
    expect(await commit(original, 1)).toBe('NONE');
    const copy = await startFrom(await original.broker.snapshot());
    expect(copy.broker.clusterId).toBe(original.broker.clusterId);
    expect(await copy.broker.topics.read('t')).toEqual(await original.broker.topics.read('t'));
    expect(await committed(copy)).toBe(1);
    const resources = [{ resourceType: 2, resourceName: 't', configurationKeys: ['retention.ms'] }];
    const { results } = await copy.client.request(apis.describeConfigs, 4, { resources });
    expect(results[0]?.configs[0]?.value).toBe('-1');
  });

  test('goes on by itself: the one does not see what the other gets', async () => {
    await original.produce('t', ['a']);
    const snapshot = await original.broker.snapshot();
    const [one, two] = [await startFrom(snapshot), await startFrom(snapshot)];
    expect([await one.produce('t', ['b', 'c']), await two.produce('t', ['d'])]).toEqual([1, 1]);
    const counts = [original, one, two].map(async ({ broker }) => (await broker.topics.read('t')).length);
    expect(await Promise.all(counts)).toEqual([1, 3, 2]);
  });

  test('knows producers, and the transactions that are aborted or open', async () => {
    const producer = await TxnProducer.start(original.client, { transactionalId: 'a' });
    await producer.write('t', ['aborted']);
    await producer.end(false);
    await producer.write('t', ['kept']);
    const copy = await startFrom(await original.broker.snapshot());
    expect(await copy.broker.topics.read('t')).toEqual([]);
    await copy.client.request(apis.findCoordinator, 3, { key: 'a', keyType: 1 });
    producer.reconnect(copy.client);
    const retried = { topic: 't', partition: 0, values: ['kept'], baseSequence: 0 };
    expect(await producer.send(retried)).toEqual({ error: 'NONE', offset: 2 });
    while ((await producer.end(true)) === 'COORDINATOR_LOAD_IN_PROGRESS');
    expect((await copy.broker.topics.read('t')).map(({ offset, value }) => [offset, String(value)])).toEqual([
      [2, 'kept'],
    ]);
  });

  test('begins where records were deleted, also when nothing is left', async () => {
    await original.produce('t', ['a', 'b', 'c'], 0);
    await original.produce('t', ['d'], 1);
    const cut = async ({ client }: TestBroker) => {
      const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, offset: 1 }));
      await client.request(apis.deleteRecords, 2, { topics: [{ name: 't', partitions }], timeoutMs: 1_000 });
    };
    await cut(original);
    const copy = await startFrom(await original.broker.snapshot());
    expect((await copy.broker.topics.read('t')).map(({ offset }) => offset)).toEqual([1, 2]);
    expect(await copy.produce('t', ['e'], 1)).toBe(1);
  });

  test('knows producers whose records are gone', async () => {
    const write = async ({ client }: TestBroker, baseSequence: number) => {
      const producer = { producerId: 5, producerEpoch: 0, baseSequence };
      const records = encodeBatch(producer, [{ timestamp: 1, key: null, value: null }]);
      const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
      const { responses } = await client.request(apis.produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
      return errorName(responses[0]!.partitionResponses[0]!.errorCode);
    };
    expect(await write(original, 0)).toBe('NONE');
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }];
    await original.client.request(apis.deleteRecords, 2, { topics, timeoutMs: 1_000 });
    const copy = await startFrom(await original.broker.snapshot());
    expect([await write(copy, 7), await write(copy, 1)]).toEqual(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'NONE']);
  });

  test('holds thousands of records at once', async () => {
    const values = Array.from({ length: 5_000 }, (_, index) => `record ${index}`);
    for (let at = 0; at < values.length; at += 50) {
      await original.broker.topics.append(
        't',
        values.slice(at, at + 50).map((value) => ({ value })),
      );
    }
    const snapshot = await original.broker.snapshot();
    const copy = await startFrom(snapshot);
    const read = await copy.broker.topics.read('t', { partition: 0 });
    expect(read.map(({ value }) => String(value))).toEqual(values);
    expect(Buffer.compare(snapshot, await original.broker.snapshot())).toBe(0);
  });
});

describe('bytes that are no snapshot', () => {
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['of something else', () => Buffer.from('PNG, or whatever it may be')],
    ['cut off', (bytes) => bytes.subarray(0, bytes.length - 1)],
    [
      'with a bit turned',
      (bytes) => Buffer.from(bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte))),
    ],
    ['of a later version', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 11 ? 9 : byte)))],
  ])('are refused when they are %s', async (_, change) => {
    const snapshot = change(await original.broker.snapshot());
    await expect(createBroker({ snapshot })).rejects.toMatchObject({ code: 'NAGARE_BROKER_SNAPSHOT_INVALID' });
  });

  test('are not taken for those of another node, nor beside a directory', async () => {
    const snapshot = await original.broker.snapshot();
    const other = createBroker({ snapshot, settings: { 'node.id': 7 } });
    await expect(other).rejects.toMatchObject({ code: 'NAGARE_BROKER_NODE_ID_MISMATCH' });
    await expect(createBroker({ snapshot, directory: '/nowhere' })).rejects.toThrow(TypeError);
  });
});
