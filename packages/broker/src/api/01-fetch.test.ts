import { apis, errorCode, type RequestDraftOf, readRecords, splitBatches, zeroUuid } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, startTestBroker, type TestBroker } from '../testing/test-broker.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders', { partitions: 2 });
});
afterEach(() => kit[Symbol.asyncDispose]());

type Fetch = RequestDraftOf<typeof apis.fetch>;
type AskedPartition = Fetch['topics'][number]['partitions'][number];

const partition = (offset: number, more: Partial<AskedPartition> = {}): AskedPartition => ({
  partition: 0,
  fetchOffset: offset,
  partitionMaxBytes: 1_000_000,
  ...more,
});

async function fetch(partitions: readonly AskedPartition[], more: Partial<Fetch> & { version?: number } = {}) {
  const { version = 11, ...options } = more;
  return kit.client.request(apis.fetch, version, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topic: 'orders', partitions }],
    ...options,
  });
}

const valuesOf = (records: Buffer | null) =>
  splitBatches(records ?? Buffer.alloc(0)).flatMap((batch) => readRecords(batch).map(({ value }) => String(value)));

async function fetchedValues(offset: number, more: Partial<Fetch> & { version?: number } = {}): Promise<string[]> {
  const { responses } = await fetch([partition(offset)], more);
  return responses.flatMap((topic) => topic.partitions.flatMap(({ records }) => valuesOf(records)));
}

describe('Fetch', () => {
  test.each([4, 5, 7, 9, 11, 12])('v%i gives whole batches from the one that holds the offset', async (version) => {
    await kit.produce('orders', ['a', 'b', 'c']);
    await kit.produce('orders', ['d']);
    expect(await fetchedValues(1, { version })).toEqual(['a', 'b', 'c', 'd']);
    expect(await fetchedValues(3, { version })).toEqual(['d']);
    expect(await fetchedValues(4, { version })).toEqual([]);
  });

  test('v13 names topics by id, and tells an unknown id from an unknown partition', async () => {
    const topicId = await kit.createTopic('by-id');
    await kit.produce('by-id', ['x']);
    const ask = async (id: string, index: number) => {
      const { responses } = await fetch([], {
        version: 13,
        topics: [{ topicId: id, partitions: [partition(0, { partition: index })] }],
      });
      return responses[0]?.partitions[0];
    };
    expect(valuesOf((await ask(topicId, 0))?.records ?? null)).toEqual(['x']);
    expect((await ask(topicId, 9))?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect((await ask(`${'x'.repeat(21)}A`, 0))?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_ID);
    expect(topicId).not.toBe(zeroUuid);
  });

  test.each([
    ['an offset beyond the end', partition(5), errorCode.OFFSET_OUT_OF_RANGE],
    ['a negative offset', partition(-1), errorCode.OFFSET_OUT_OF_RANGE],
    ['a partition that does not exist', partition(0, { partition: 9 }), errorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['a leader epoch of the future', partition(0, { currentLeaderEpoch: 99 }), errorCode.UNKNOWN_LEADER_EPOCH],
  ])('answers %s at once', async (_, asked, code) => {
    const { responses } = await fetch([asked], { maxWaitMs: 60_000 });
    expect(responses[0]?.partitions[0]?.errorCode).toBe(code);
  });

  test('waits until a record comes', async () => {
    const reader = await kit.connect();
    const waiting = reader.request(apis.fetch, 11, {
      ...{ maxWaitMs: 60_000, minBytes: 1 },
      topics: [{ topic: 'orders', partitions: [partition(0), partition(0, { partition: 1 })] }],
    });
    await kit.produce('orders', ['late'], 1);
    const { responses } = await waiting;
    expect(responses[0]?.partitions.map(({ records }) => valuesOf(records))).toEqual([[], ['late']]);
    reader.close();
  });

  test('waits for minBytes, and for maxWaitMs at most', async () => {
    const reader = await kit.connect();
    const size = batchOf(['a']).length;
    const ask = (minBytes: number, maxWaitMs: number) =>
      reader.request(apis.fetch, 11, {
        ...{ maxWaitMs, minBytes },
        topics: [{ topic: 'orders', partitions: [partition(0)] }],
      });
    const enough = ask(2 * size, 60_000);
    await kit.produce('orders', ['a']);
    await kit.produce('orders', ['b']);
    expect(valuesOf((await enough).responses[0]?.partitions[0]?.records ?? null)).toEqual(['a', 'b']);
    const late = await ask(1_000_000, 20);
    expect(valuesOf(late.responses[0]?.partitions[0]?.records ?? null)).toEqual(['a', 'b']);
    reader.close();
  });

  test('gives one batch that is longer than every limit, and no second', async () => {
    await kit.produce('orders', ['x'.repeat(1_000)]);
    await kit.produce('orders', ['y']);
    await kit.produce('orders', ['z'], 1);
    const { responses } = await fetch([partition(0), partition(0, { partition: 1 })], { maxBytes: 10 });
    expect(responses[0]?.partitions.map(({ records }) => valuesOf(records).length)).toEqual([1, 0]);
  });

  test.each([
    [77, 3, errorCode.FETCH_SESSION_ID_NOT_FOUND],
    [0, 1, errorCode.FETCH_SESSION_ID_NOT_FOUND],
    [77, -2, errorCode.FETCH_SESSION_ID_NOT_FOUND],
    [77, -1, errorCode.NONE],
  ])('answers session %i of epoch %i', async (sessionId, sessionEpoch, code) => {
    expect(await fetch([], { sessionId, sessionEpoch })).toMatchObject({ errorCode: code, sessionId: 0 });
  });

  test.each([
    ['a partition that may give 0 bytes', { partitionMaxBytes: 0 }, {}],
    ['a partition that may give fewer', { partitionMaxBytes: -1 }, {}],
    ['a request that may be answered with 0 bytes', {}, { maxBytes: 0 }],
  ])('gives one batch to %s', async (_, asked, options) => {
    await kit.produce('orders', ['a']);
    await kit.produce('orders', ['b']);
    const { responses } = await fetch([partition(0, asked)], options);
    expect(valuesOf(responses[0]?.partitions[0]?.records ?? null)).toEqual(['a']);
  });

  test('does not wait for more bytes than it may give', async () => {
    await kit.produce('orders', ['a'.repeat(100)]);
    const { responses } = await fetch([partition(0)], { minBytes: 1_000, maxBytes: 100, maxWaitMs: 60_000 });
    expect(responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(100);
  });

  test('v13 without an id names no topic', async () => {
    const { responses } = await fetch([], { version: 13, topics: [{ topicId: zeroUuid, partitions: [partition(0)] }] });
    expect(responses[0]?.partitions[0]?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_ID);
  });

  test('takes a negative leader epoch for none', async () => {
    const { responses } = await fetch([partition(0, { currentLeaderEpoch: -5 })]);
    expect(responses[0]?.partitions[0]?.errorCode).toBe(errorCode.NONE);
  });

  test.each([12, 17])('v%i lets no replica read, for the only one leads', async (version) => {
    const topicId = await kit.createTopic('led');
    const replica = version < 15 ? { replicaId: 1 } : { replicaState: { replicaId: 1 } };
    const topic = version < 13 ? { topic: 'led' } : { topicId };
    const { responses } = await fetch([], { version, ...replica, topics: [{ ...topic, partitions: [partition(0)] }] });
    expect(responses[0]?.partitions[0]).toMatchObject({
      errorCode: errorCode.NOT_LEADER_OR_FOLLOWER,
      currentLeader: version < 16 ? { leaderId: -1, leaderEpoch: -1 } : { leaderId: 1, leaderEpoch: 0 },
    });
  });

  test.each([-1, 2])('does not know the isolation level %i', async (isolationLevel) => {
    const answer = await fetch([partition(0)], { isolationLevel });
    expect(answer.errorCode).toBe(errorCode.UNKNOWN_SERVER_ERROR);
    expect(answer.responses[0]?.partitions[0]?.errorCode).toBe(errorCode.UNKNOWN_SERVER_ERROR);
  });

  test('a reader whose last epoch nobody knows has no place in the log', async () => {
    const { responses } = await fetch([partition(0, { lastFetchedEpoch: 5 })], { version: 12 });
    expect(responses[0]?.partitions[0]?.errorCode).toBe(errorCode.OFFSET_OUT_OF_RANGE);
  });

  test('tells the watermarks', async () => {
    await kit.produce('orders', ['a', 'b']);
    const { responses } = await fetch([partition(0)], { isolationLevel: 1 });
    expect(responses[0]?.partitions[0]).toMatchObject({
      ...{ highWatermark: 2, lastStableOffset: 2, logStartOffset: 0, abortedTransactions: [] },
    });
  });
});
