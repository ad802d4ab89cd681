import { apis, type ErrorName, errorName } from '@nagare/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { brokerForFile } from './broker-for-file.ts';

const broker = brokerForFile({
  'transaction.state.log.num.partitions': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
});
const topic = 'transaction-answers';

interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

let wire: Wire;
let ids = 0;
const newId = () => `id-${++ids}`;
const nobody: Producer = { producerId: -1, producerEpoch: -1 };

beforeAll(async () => {
  wire = new Wire(broker().bootstrap);
  await wire.request(apis.createTopics, 5, {
    topics: [{ name: topic, numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
  });
  for (const keyType of [0, 1]) {
    const find = async () => (await wire.request(apis.findCoordinator, 2, { key: 'any', keyType })).errorCode === 0;
    await waitFor(async () => (await find()) || undefined, { what: 'a coordinator', timeoutMs: 60_000 });
  }
  const isServing = async () => (await init(newId())).error === 'NONE' || undefined;
  await waitFor(isServing, { what: 'the coordinator of transactions', timeoutMs: 60_000 });
}, 180_000);

/** Sends a request until the answer is another one than that the transaction before is still being ended. */
async function settled<Reply extends { readonly error: ErrorName }>(send: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await send();
    if (reply.error !== 'CONCURRENT_TRANSACTIONS') return reply;
  }
}

function init(id: string, options: { version?: number; expected?: Producer; timeoutMs?: number } = {}) {
  const { version = 5, expected = nobody, timeoutMs = 60_000 } = options;
  const body = { transactionalId: id, transactionTimeoutMs: timeoutMs, ...expected };
  return settled(async () => {
    const { errorCode, producerId, producerEpoch } = await wire.request(apis.initProducerId, version, body);
    return { error: errorName(errorCode), producer: { producerId, producerEpoch } };
  });
}

async function started(options: { timeoutMs?: number } = {}) {
  const id = newId();
  return { id, ...(await init(id, options)).producer };
}

type Started = Awaited<ReturnType<typeof started>>;

async function add(one: Started, options: { version?: number; partitions?: readonly number[]; verify?: boolean } = {}) {
  const { version = 3, partitions = [0], verify = false } = options;
  const { id, producerId, producerEpoch } = one;
  const topics = [{ name: topic, partitions }];
  const v3 = { v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: producerEpoch, v3AndBelowTopics: topics };
  const v4 = { transactionalId: id, producerId, producerEpoch, verifyOnly: verify, topics };
  const body = version < 4 ? { v3AndBelowTransactionalId: id, ...v3 } : { transactions: [v4] };
  const { errors } = await settled(async () => {
    const answer = await wire.request(apis.addPartitionsToTxn, version, body);
    const results = version < 4 ? answer.resultsByTopicV3AndBelow : answer.resultsByTransaction[0]!.topicResults;
    const codes = results.flatMap((each) => [...each.resultsByPartition]);
    const all = codes.sort((a, b) => a.partitionIndex - b.partitionIndex).map((it) => errorName(it.partitionErrorCode));
    return { error: all[0] ?? 'NONE', errors: all };
  });
  return errors;
}

async function addOffsets({ id, producerId, producerEpoch }: Started, version = 3): Promise<ErrorName> {
  const body = { transactionalId: id, producerId, producerEpoch, groupId: 'g' };
  const reply = await settled(async () => ({
    error: errorName((await wire.request(apis.addOffsetsToTxn, version, body)).errorCode),
  }));
  return reply.error;
}

async function end(one: Started, committed: boolean, version = 5) {
  const { id, producerId, producerEpoch } = one;
  const body = { transactionalId: id, producerId, producerEpoch, committed };
  return settled(async () => {
    const answer = await wire.request(apis.endTxn, version, body);
    const next = { id, producerId: answer.producerId, producerEpoch: answer.producerEpoch };
    return { error: errorName(answer.errorCode), next };
  });
}

async function stateOf(id: string): Promise<string> {
  const { transactionStates } = await wire.request(apis.describeTransactions, 0, { transactionalIds: [id] });
  return transactionStates[0]!.transactionState;
}

describe('InitProducerId is answered', () => {
  test.each<[string, ErrorName, () => Promise<{ error: ErrorName }>]>([
    ['an empty id', 'INVALID_REQUEST', () => init('')],
    ['a timeout of nothing', 'INVALID_TRANSACTION_TIMEOUT', () => init(newId(), { timeoutMs: 0 })],
    ['a timeout that is too long', 'INVALID_TRANSACTION_TIMEOUT', () => init(newId(), { timeoutMs: 900_001 })],
    ['an id without an epoch', 'INVALID_REQUEST', () => init(newId(), { expected: { ...nobody, producerId: 5 } })],
    ['an epoch without an id', 'INVALID_REQUEST', () => init(newId(), { expected: { ...nobody, producerEpoch: 5 } })],
  ])('%s: %s', async (_, error, send) => {
    expect((await send()).error).toBe(error);
  });

  test.each([
    [3, 'INVALID_PRODUCER_EPOCH'],
    [4, 'PRODUCER_FENCED'],
  ])('version %i, a producer that was replaced: %s', async (version, error) => {
    const { id, ...expected } = await started();
    await init(id);
    await init(id);
    expect((await init(id, { version, expected })).error).toBe(error);
    expect((await init(id, { version, expected: { ...expected, producerId: 1_000_000 } })).error).toBe(error);
  });

  test('a producer that names itself: the next epoch, and the same again if the answer was lost', async () => {
    const { id, ...expected } = await started();
    const next = { ...expected, producerEpoch: expected.producerEpoch + 1 };
    expect(await init(id, { expected })).toEqual({ error: 'NONE', producer: next });
    expect(await init(id, { expected })).toEqual({ error: 'NONE', producer: next });
  });

  test('a new producer, while the one before has a transaction open: two epochs more', async () => {
    const one = await started();
    await add(one);
    expect((await init(one.id)).producer.producerEpoch).toBe(one.producerEpoch + 2);
    expect(await add(one)).toEqual(['PRODUCER_FENCED']);
    expect(await stateOf(one.id)).toBe('Empty');
  });
});

describe('AddPartitionsToTxn and AddOffsetsToTxn are answered', () => {
  test.each([
    [1, 'INVALID_PRODUCER_EPOCH'],
    [3, 'PRODUCER_FENCED'],
  ])('version %i, a producer that was replaced: %s', async (version, error) => {
    const one = await started();
    await init(one.id);
    expect(await add(one, { version })).toEqual([error]);
    expect(await addOffsets(one, version)).toBe(error);
  });

  test('others: INVALID_PRODUCER_ID_MAPPING', async () => {
    const one = await started();
    for (const other of [
      { ...one, id: newId() },
      { ...one, producerId: 1_000_000 },
    ]) {
      expect(await add(other)).toEqual(['INVALID_PRODUCER_ID_MAPPING']);
      expect(await addOffsets(other)).toBe('INVALID_PRODUCER_ID_MAPPING');
    }
    expect(await add({ ...one, id: '' })).toEqual(['INVALID_REQUEST']);
    expect(await addOffsets({ ...one, id: '' })).toBe('INVALID_REQUEST');
  });

  test.each([3, 4])(
    'version %i, one partition that is not there: OPERATION_NOT_ATTEMPTED for others',
    async (version) => {
      const errors = ['OPERATION_NOT_ATTEMPTED', 'OPERATION_NOT_ATTEMPTED', 'UNKNOWN_TOPIC_OR_PARTITION'];
      expect(await add(await started(), { version, partitions: [0, 1, 7] })).toEqual(errors);
    },
  );

  test('a verification: TRANSACTION_ABORTABLE for what is not in the transaction', async () => {
    const one = await started();
    await add(one);
    expect(await add(one, { version: 4, partitions: [0, 1], verify: true })).toEqual(['NONE', 'TRANSACTION_ABORTABLE']);
    await end(one, false, 3);
    expect(await add(one, { version: 4, partitions: [0], verify: true })).toEqual(['TRANSACTION_ABORTABLE']);
  });
});

describe('EndTxn of the older protocol is answered', () => {
  test.each([true, false])('again, and the other way (commit: %s)', async (commits) => {
    const one = await started();
    expect((await end(one, commits, 3)).error).toBe('INVALID_TXN_STATE');
    await add(one);
    for (let attempt = 0; attempt < 2; attempt++) expect((await end(one, commits, 3)).error).toBe('NONE');
    await settled(async () => ({ error: (await add(one, { version: 4, verify: true }))[0]! }));
    expect((await end(one, !commits, 3)).error).toBe('INVALID_TXN_STATE');
  });

  test('a producer that was replaced, by version; and others', async () => {
    const one = await started();
    await init(one.id);
    expect((await end(one, true, 1)).error).toBe('INVALID_PRODUCER_EPOCH');
    expect((await end(one, true, 3)).error).toBe('PRODUCER_FENCED');
    expect((await end({ ...one, producerId: 1_000_000 }, true, 3)).error).toBe('INVALID_PRODUCER_ID_MAPPING');
    expect((await end({ ...one, id: newId() }, true, 3)).error).toBe('INVALID_PRODUCER_ID_MAPPING');
  });
});

describe('EndTxn with an epoch for each transaction is answered', () => {
  test.each([true, false])('again, and the other way (commit: %s)', async (commits) => {
    const one = await started();
    await add(one, { version: 4 });
    const next = { ...one, producerEpoch: one.producerEpoch + 1 };
    for (let attempt = 0; attempt < 3; attempt++) expect(await end(one, commits)).toEqual({ error: 'NONE', next });
    expect((await end(one, !commits)).error).toBe('INVALID_TXN_STATE');
    expect((await end(next, true)).error).toBe('INVALID_TXN_STATE');
  });

  test('late, when the next transaction is open: PRODUCER_FENCED', async () => {
    const one = await started();
    await add(one, { version: 4 });
    const { next } = await end(one, true);
    expect(await add(next, { version: 4 })).toEqual(['NONE']);
    expect((await end(one, true)).error).toBe('PRODUCER_FENCED');
    expect(await stateOf(one.id)).toBe('Ongoing');
  });

  test('without a transaction: an abort takes an epoch, a commit is INVALID_TXN_STATE', async () => {
    const one = await started();
    expect((await end(one, true)).error).toBe('INVALID_TXN_STATE');
    const aborted = await end(one, false);
    expect(aborted).toEqual({ error: 'NONE', next: { ...one, producerEpoch: one.producerEpoch + 1 } });
    expect((await end(aborted.next, false)).next.producerEpoch).toBe(one.producerEpoch + 2);
  });
});

describe('a transaction that lasts too long', () => {
  test('is aborted under the next epoch, and its producer told so', async () => {
    const one = await started({ timeoutMs: 500 });
    await add(one, { version: 4 });
    await waitFor(async () => (await stateOf(one.id)) === 'CompleteAbort' || undefined, { what: 'an abort' });
    expect(await add(one, { version: 4 })).toEqual(['PRODUCER_FENCED']);
    expect((await end(one, true)).error).toBe('INVALID_TXN_STATE');
    expect((await end(one, true, 3)).error).toBe('PRODUCER_FENCED');
    const { id, ...expected } = one;
    expect((await init(id, { expected })).producer.producerEpoch).toBe(one.producerEpoch + 1);
  });
});

describe('DescribeTransactions is answered', () => {
  test('an id that nobody knows, and an empty one', async () => {
    const ask = async (id: string) =>
      errorName(
        (await wire.request(apis.describeTransactions, 0, { transactionalIds: [id] })).transactionStates[0]!.errorCode,
      );
    expect(await ask(newId())).toBe('TRANSACTIONAL_ID_NOT_FOUND');
    expect(await ask('')).toBe('INVALID_REQUEST');
  });

  test('states that there are not in the filter of a list', async () => {
    const { id } = await started();
    const body = { stateFilters: ['Empty', 'empty', 'Dead'], producerIdFilters: [], transactionalIdPattern: `${id}|x` };
    const answer = await wire.request(apis.listTransactions, 2, body);
    expect(answer.transactionStates.map((each) => each.transactionalId)).toEqual([id]);
    expect(answer.unknownStateFilters).toEqual(['empty']);
    const refused = await wire.request(apis.listTransactions, 2, { ...body, transactionalIdPattern: '(' });
    expect(errorName(refused.errorCode)).toBe('INVALID_REGULAR_EXPRESSION');
  });
});
