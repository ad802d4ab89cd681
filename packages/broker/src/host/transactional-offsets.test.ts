import { apis, errorCode } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { SimBroker } from '../testing/sim-broker.ts';

let broker: SimBroker;
let topicId: string;
beforeEach(async () => {
  broker = await SimBroker.start({ settings: { 'offsets.topic.num.partitions': 2 } });
  topicId = await broker.createTopic('t');
  await broker.ask(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
  await broker.ask(apis.findCoordinator, 3, { key: 'x', keyType: 1 });
});

/** A producer as a client of KIP-890's second part is one, or an older one, which adds its groups itself. */
class Producer {
  readonly isNew: boolean;
  producerId = -1;
  producerEpoch = -1;

  constructor(isNew: boolean) {
    this.isNew = isNew;
  }

  get identity() {
    return { transactionalId: 'x', producerId: this.producerId, producerEpoch: this.producerEpoch };
  }

  async init(): Promise<void> {
    const body = { transactionalId: 'x', transactionTimeoutMs: 60_000 };
    for (let attempts = 0; ; attempts++) {
      const answer = await broker.ask(apis.initProducerId, 5, body);
      Object.assign(this, answer);
      if (answer.errorCode === 0) return;
      expect(attempts).toBeLessThan(20);
      await broker.sim.advance(100);
    }
  }

  /** Commits an offset of `t` in the transaction, which begins with the first one; gives the error code. */
  async commit(committedOffset: number): Promise<number> {
    for (let attempts = 0; ; attempts++) {
      const code = await this.#tryCommit(committedOffset);
      // The transaction before may still be ending, which clients wait out.
      if (code !== errorCode.CONCURRENT_TRANSACTIONS) return code;
      expect(attempts).toBeLessThan(50);
      await broker.sim.advance(100);
    }
  }

  async #tryCommit(committedOffset: number): Promise<number> {
    if (!this.isNew) {
      const added = await broker.ask(apis.addOffsetsToTxn, 3, { ...this.identity, groupId: 'g' });
      if (added.errorCode === errorCode.CONCURRENT_TRANSACTIONS) return added.errorCode;
    }
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: null }];
    const topics = [{ name: 't', topicId, partitions }];
    const version = this.isNew ? 6 : 3;
    const answer = await broker.ask(apis.txnOffsetCommit, version, { ...this.identity, groupId: 'g', topics });
    return answer.topics[0]?.partitions[0]?.errorCode ?? -1;
  }

  async end(committed: boolean): Promise<number> {
    const answer = await broker.ask(apis.endTxn, this.isNew ? 5 : 3, { ...this.identity, committed });
    if (this.isNew && answer.errorCode === 0) Object.assign(this, answer);
    return answer.errorCode;
  }
}

/** What the group has committed, once nothing of it can change any more. */
async function stableOffset(): Promise<number> {
  for (let attempts = 0; attempts < 50; attempts++) {
    const [code, offset] = await fetchOffset(true);
    if (code === 0) return offset ?? -1;
    expect(code).toBe(errorCode.UNSTABLE_OFFSET_COMMIT);
    await broker.sim.advance(100);
  }
  throw new Error('The offset stays unstable');
}

async function fetchOffset(requireStable: boolean): Promise<(number | undefined)[]> {
  const groups = [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }];
  const answer = await broker.ask(apis.offsetFetch, 8, { groups, requireStable });
  const partition = answer.groups[0]?.topics[0]?.partitions[0];
  return [answer.groups[0]?.errorCode || partition?.errorCode, partition?.committedOffset];
}

describe.each([
  ['of a client that adds partitions by their first use', true],
  ['of an older client', false],
])('offsets in a transaction %s', (_, isNew) => {
  test('count once it is committed, and not when it is aborted', async () => {
    const producer = new Producer(isNew);
    await producer.init();
    expect(await producer.commit(5)).toBe(0);
    expect(await fetchOffset(true)).toEqual([errorCode.UNSTABLE_OFFSET_COMMIT, -1]);
    expect(await fetchOffset(false)).toEqual([0, -1]);
    expect(await producer.end(true)).toBe(0);
    expect(await stableOffset()).toBe(5);
    await broker.sim.advance(1_000);
    expect(await producer.commit(9)).toBe(0);
    expect(await producer.end(false)).toBe(0);
    expect(await stableOffset()).toBe(5);
  });

  test('survive the death of the broker at any time, with power or without', async () => {
    const producer = new Producer(isNew);
    await producer.init();
    expect(await producer.commit(5)).toBe(0);
    await broker.restart();
    expect(await fetchOffset(true)).toEqual([errorCode.UNSTABLE_OFFSET_COMMIT, -1]);
    expect(await producer.end(true)).toBe(0);
    await broker.restart();
    expect(await stableOffset()).toBe(5);
    expect(await producer.commit(7)).toBe(0);
    expect(await producer.end(true)).toBe(0);
    broker.node.powerLoss();
    await broker.start();
    expect(await stableOffset()).toBe(7);
  });

  test('are dropped when another process takes over, which fences the first', async () => {
    const old = new Producer(isNew);
    await old.init();
    await old.commit(5);
    const next = new Producer(isNew);
    await next.init();
    expect(await stableOffset()).toBe(-1);
    expect([errorCode.INVALID_PRODUCER_EPOCH, errorCode.PRODUCER_FENCED]).toContain(await old.commit(6));
    expect(await next.commit(8)).toBe(0);
    await next.end(true);
    expect(await stableOffset()).toBe(8);
  });
});

test('offsets of an older client that has not added the group to its transaction are refused', async () => {
  const producer = new Producer(false);
  await producer.init();
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }] }];
  const answer = await broker.ask(apis.txnOffsetCommit, 3, { ...producer.identity, groupId: 'g', topics });
  expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(errorCode.INVALID_TXN_STATE);
  expect(await fetchOffset(true)).toEqual([0, -1]);
});
