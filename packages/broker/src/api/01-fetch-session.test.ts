import { apis, errorCode, type RequestDraftOf, type ResponseOf, zeroUuid } from '@nagare/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, startTestBroker, type TestBroker } from '../testing/test-broker.ts';

let kit: TestBroker;
let topic = 'orders';
beforeEach(async () => {
  topic = 'orders';
  kit = await startTestBroker({ 'max.incremental.fetch.session.cache.slots': 2 });
  await kit.createTopic('orders', { partitions: 4 });
});
afterEach(() => kit[Symbol.asyncDispose]());

type Fetch = RequestDraftOf<typeof apis.fetch>;
type Answer = ResponseOf<typeof apis.fetch>;
type Partition = Answer['responses'][number]['partitions'][number];

const asked = (partition: number, fetchOffset: number) => ({ partition, fetchOffset, partitionMaxBytes: 1_000_000 });

function fetch(partitions: readonly (readonly [number, number])[], more: Partial<Fetch> & { version?: number } = {}) {
  const { version = 12, ...options } = more;
  return kit.client.request(apis.fetch, version, {
    ...{ maxWaitMs: 0, minBytes: 1 },
    topics: partitions.length === 0 ? [] : [{ topic, partitions: partitions.map((each) => asked(...each)) }],
    ...options,
  });
}

const begin = (partitions: readonly (readonly [number, number])[]) => fetch(partitions, { sessionEpoch: 0 });

const indexesIn = ({ responses }: Answer) =>
  responses.flatMap(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex));

const forget = (...partitions: number[]) => ({ forgottenTopicsData: [{ topic, partitions }] });

describe('a fetch session', () => {
  test('tells everything at first, then only what has changed', async () => {
    const { sessionId, ...first } = await begin([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
    expect(sessionId).toBeGreaterThan(0);
    expect(first.responses[0]?.partitions).toHaveLength(3);
    expect(indexesIn(await fetch([], { sessionId, sessionEpoch: 1 }))).toEqual([]);
    await kit.produce('orders', ['a'], 1);
    expect(indexesIn(await fetch([], { sessionId, sessionEpoch: 2 }))).toEqual([1]);
    // The records are still unread.
    expect(indexesIn(await fetch([], { sessionId, sessionEpoch: 3 }))).toEqual([1]);
    expect(indexesIn(await fetch([[1, 1]], { sessionId, sessionEpoch: 4 }))).toEqual([]);
  });

  test('answers fetches that a client sends behind each other one after the other', async () => {
    const { sessionId } = await begin([[0, 0]]);
    // Each but the last waits for as long as there is nothing to read.
    const waiting = fetch([], { sessionId, sessionEpoch: 1, maxWaitMs: 60_000 });
    const behind = fetch([[0, 1]], { sessionId, sessionEpoch: 2, maxWaitMs: 60_000 });
    const last = fetch([[1, 0]], { sessionId, sessionEpoch: 3 });
    const other = await kit.connect();
    const produce = (value: string) =>
      other.request(apis.produce, 9, {
        ...{ acks: -1, timeoutMs: 5_000 },
        topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf([value]) }] }],
      });
    await produce('a');
    expect(indexesIn(await waiting)).toEqual([0]);
    await produce('b');
    expect(indexesIn(await behind)).toEqual([0]);
    expect(await last).toMatchObject({ errorCode: 0, sessionId });
    other.close();
  });

  test('takes new partitions and forgets old ones', async () => {
    await kit.produce('orders', ['a'], 0);
    await kit.produce('orders', ['b'], 3);
    const { sessionId } = await begin([[0, 0]]);
    expect(indexesIn(await fetch([[3, 0]], { sessionId, sessionEpoch: 1, ...forget(0, 2) }))).toEqual([3]);
    expect(indexesIn(await fetch([], { sessionId, sessionEpoch: 2 }))).toEqual([3]);
  });

  test('reads those first that have given nothing for longest', async () => {
    for (const partition of [0, 1, 2]) await kit.produce('orders', ['x'.repeat(100)], partition);
    const { sessionId } = await begin([[3, 0]]);
    const next = (sessionEpoch: number, partitions: readonly (readonly [number, number])[] = []) =>
      fetch(partitions, { sessionId, sessionEpoch, maxBytes: 1 });
    const withRecords = ({ responses }: Answer) =>
      responses.flatMap(({ partitions }) =>
        partitions.filter(({ records }) => records?.length).map(({ partitionIndex }) => partitionIndex),
      );
    const turns = [
      await next(1, [
        [0, 0],
        [1, 0],
        [2, 0],
      ]),
      await next(2),
      await next(3),
      await next(4),
    ];
    expect(turns.map(withRecords)).toEqual([[0], [1], [2], [0]]);
  });

  test('tells an error each time, and again what was known before it', async () => {
    const { sessionId } = await begin([
      [0, 7],
      [1, 0],
    ]);
    const codes = ({ responses }: Answer) => responses[0]?.partitions.map((each) => each.errorCode);
    expect(codes(await fetch([], { sessionId, sessionEpoch: 1 }))).toEqual([errorCode.OFFSET_OUT_OF_RANGE]);
    expect(codes(await fetch([[0, 0]], { sessionId, sessionEpoch: 2 }))).toEqual([errorCode.NONE]);
    expect(codes(await fetch([], { sessionId, sessionEpoch: 3 }))).toBeUndefined();
  });

  test.each([
    ['an id that nobody has', 1, 1, errorCode.FETCH_SESSION_ID_NOT_FOUND],
    ['no id', 0, 1, errorCode.FETCH_SESSION_ID_NOT_FOUND],
    ['an old epoch', undefined, 2, errorCode.INVALID_FETCH_SESSION_EPOCH],
    ['an epoch of the future', undefined, 4, errorCode.INVALID_FETCH_SESSION_EPOCH],
  ])('refuses %s', async (_, id, sessionEpoch, code) => {
    const { sessionId } = await begin([[0, 0]]);
    for (const epoch of [1, 2]) await fetch([], { sessionId, sessionEpoch: epoch });
    const answer = await fetch([[1, 0]], { sessionId: id ?? sessionId, sessionEpoch });
    expect(answer).toMatchObject({ errorCode: code, sessionId: 0, responses: [] });
    // What was refused has changed nothing.
    expect((await fetch([], { sessionId, sessionEpoch: 3 })).errorCode).toBe(0);
  });

  test.each([
    ['the last epoch', { sessionEpoch: -1 }, 0],
    ['a new first epoch', { sessionEpoch: 0 }, 1],
  ])('ends with %s', async (_, more, sessions) => {
    const { sessionId } = await begin([[0, 0]]);
    const answer = await fetch([[1, 0]], { sessionId, ...more });
    expect(answer.sessionId === 0).toBe(sessions === 0);
    expect(indexesIn(answer)).toEqual([1]);
    expect((await fetch([], { sessionId, sessionEpoch: 1 })).errorCode).toBe(errorCode.FETCH_SESSION_ID_NOT_FOUND);
  });

  test('ends when it has forgotten all', async () => {
    const { sessionId } = await begin([[0, 0]]);
    const last = await fetch([], { sessionId, sessionEpoch: 1, ...forget(0) });
    expect(last).toMatchObject({ errorCode: 0, sessionId: 0, responses: [] });
    expect((await fetch([], { sessionId, sessionEpoch: 2 })).errorCode).toBe(errorCode.FETCH_SESSION_ID_NOT_FOUND);
  });

  test('stays with ids or with names', async () => {
    const { sessionId } = await begin([[0, 0]]);
    const answer = await fetch([], { version: 13, sessionId, sessionEpoch: 1 });
    expect(answer.errorCode).toBe(errorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    expect((await fetch([], { sessionId, sessionEpoch: 1 })).errorCode).toBe(0);
  });

  test('is not made when the cache is full of young ones', async () => {
    const ids = [await begin([[0, 0]]), await begin([[0, 0]]), await begin([[0, 0]])].map(({ sessionId }) => sessionId);
    expect(ids.map((id) => id > 0)).toEqual([true, true, false]);
  });

  test('by id tells a topic that is gone from one that has come anew', async () => {
    const topicId = await kit.createTopic('short');
    const next = (sessionEpoch: number, sessionId = 0) =>
      kit.client.request(apis.fetch, 13, {
        ...{ maxWaitMs: 0, minBytes: 1, sessionId, sessionEpoch },
        topics: sessionEpoch === 0 ? [{ topicId, partitions: [asked(0, 0)] }] : [],
      });
    const { sessionId } = await next(0);
    const remove = { timeoutMs: 1_000, topics: [{ name: 'short', topicId: zeroUuid }] };
    await kit.client.request(apis.deleteTopics, 6, remove);
    const codeOf = ({ responses }: Answer) => responses[0]?.partitions[0]?.errorCode;
    expect(codeOf(await next(1, sessionId))).toBe(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
    await kit.createTopic('short');
    expect(codeOf(await next(2, sessionId))).toBe(errorCode.INCONSISTENT_TOPIC_ID);
    expect(codeOf(await next(0))).toBe(errorCode.UNKNOWN_TOPIC_ID);
  });

  test('waits beside a partition that does not exist', async () => {
    const reader = await kit.connect();
    const waiting = reader.request(apis.fetch, 12, {
      ...{ maxWaitMs: 60_000, minBytes: 1 },
      topics: [{ topic: 'orders', partitions: [asked(9, 0), asked(0, 0)] }],
    });
    await kit.produce('orders', ['late']);
    expect(indexesIn(await waiting)).toEqual([0, 9]);
    reader.close();
  });

  test('takes the later of two questions about one partition', async () => {
    await kit.produce('orders', ['a']);
    const { responses } = await fetch([
      [0, 9],
      [1, 0],
      [0, 0],
    ]);
    expect(responses[0]?.partitions.map((each) => [each.partitionIndex, each.errorCode])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });
});

type Step =
  | { readonly kind: 'produce'; readonly partition: number }
  | { readonly kind: 'delete'; readonly partition: number }
  | { readonly kind: 'fetch'; readonly moves: readonly (readonly [number, number])[]; readonly forgotten: number[] };

const partitionArb = fc.integer({ min: 0, max: 4 });
const stepArb: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('produce' as const), partition: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant('delete' as const), partition: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    kind: fc.constant('fetch' as const),
    moves: fc.uniqueArray(fc.tuple(partitionArb, fc.integer({ min: -1, max: 4 })), { selector: ([each]) => each }),
    forgotten: fc.uniqueArray(partitionArb, { maxLength: 2 }),
  }),
);

/** A reader that keeps what it was told, as the clients of a session do. */
class SessionReader {
  readonly offsets = new Map<number, number>();
  readonly told = new Map<number, Partition>();
  #session = { sessionId: 0, sessionEpoch: 0 };

  async fetch({ moves, forgotten }: Step & { kind: 'fetch' }): Promise<void> {
    const isWhole = this.#session.sessionEpoch === 0;
    const gone = isWhole ? [] : forgotten.filter((each) => !moves.some(([moved]) => moved === each));
    for (const [partition, offset] of moves) this.offsets.set(partition, offset);
    for (const partition of gone) this.offsets.delete(partition);
    const questions = isWhole ? [...this.offsets] : moves;
    const answer = await fetch(questions, { ...this.#session, ...forget(...gone) });
    expect(answer.errorCode).toBe(0);
    if (isWhole || answer.sessionId === 0) this.told.clear();
    for (const [index, each] of this.told) this.told.set(index, { ...each, records: Buffer.alloc(0) });
    for (const { partitions } of answer.responses)
      for (const each of partitions) this.told.set(each.partitionIndex, each);
    const { sessionId } = answer;
    this.#session = { sessionId, sessionEpoch: sessionId === 0 ? 0 : this.#session.sessionEpoch + 1 };
    for (const partition of this.told.keys()) if (!this.offsets.has(partition)) this.told.delete(partition);
  }
}

test('a session tells in changes what a fetch without one tells as a whole', { timeout: 60_000 }, async () => {
  let runs = 0;
  const steps = fc.array(stepArb, { minLength: 5, maxLength: 30, size: 'max' });
  const property = fc.asyncProperty(steps, async (steps) => {
    topic = `run-${++runs}`;
    await kit.createTopic(topic, { partitions: 4 });
    const reader = new SessionReader();
    for (const step of steps) {
      if (step.kind === 'produce') await kit.produce(topic, ['v'], step.partition);
      if (step.kind === 'delete') await deleteAll(step.partition);
      if (step.kind !== 'fetch') continue;
      await reader.fetch(step);
      const whole = await fetch([...reader.offsets]);
      const expected = whole.responses.flatMap(({ partitions }) => partitions);
      const byIndex = (a: Partition, b: Partition) => a.partitionIndex - b.partitionIndex;
      expect([...reader.told.values()].sort(byIndex)).toEqual(expected.sort(byIndex));
    }
  });
  await fc.assert(property, { numRuns: 60 });
});

async function deleteAll(partition: number): Promise<void> {
  await kit.client.request(apis.deleteRecords, 2, {
    ...{ timeoutMs: 1_000, topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset: -1 }] }] },
  });
}
