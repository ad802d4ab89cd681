import { silentLog } from '@nagare/base';
import { createSimulation } from '@nagare/base/sim';
import type { ErrorName } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';
import type { ProducerRef, TxnMetadata } from '../core/transaction/txn-metadata.ts';
import type { TxnPartition } from '../core/transaction/txn-partitions.ts';
import type { TxnReply } from '../core/transaction/verdict.ts';
import { MemoryRecordLog } from '../testing/memory-record-log.ts';
import { placesOf } from '../testing/txn-shard.ts';
import { TransactionHost } from './transaction-host.ts';

type Written = { readonly place: string; readonly marker: TxnMarker };

/** A coordinator with one partition of its topic, over logs in memory. */
class TestTransactions {
  readonly simulation = createSimulation({ seed: 1 });
  readonly log = new MemoryRecordLog();
  readonly written: Written[] = [];
  readonly deleted = new Set<string>();
  isCreated = true;
  ensured: ErrorName = 'NONE';
  leaderEpoch = 3;
  producerIds: () => Promise<number> = async () => ++this.#lastProducerId;
  /** How a partition takes a marker. */
  markerError: (place: string) => ErrorName = () => 'NONE';
  host = this.open();
  #lastProducerId = 4_000;

  static async start(): Promise<TestTransactions> {
    const kit = new TestTransactions();
    kit.host.start();
    await kit.simulation.advance(1);
    return kit;
  }

  open(): TransactionHost {
    const { clock, timers } = this.simulation.platform();
    return new TransactionHost({
      settings: {
        ...{ timeoutMsMax: 900_000, idleMsMax: 3_600_000, addWaitMsMax: 100 },
        ...{ abortCheckIntervalMs: 10_000, idleCheckIntervalMs: 60_000 },
      },
      topic: {
        partitionCount: () => (this.isCreated ? 1 : 0),
        recordLog: (partition) => (this.isCreated && partition === 0 ? this.log : undefined),
        leaderEpoch: () => this.leaderEpoch,
        ensure: async () => {
          this.isCreated ||= this.ensured === 'NONE';
          return this.ensured;
        },
      },
      nextProducerId: () => this.producerIds(),
      hasPartition: (partition) => !this.deleted.has(nameOf(partition)),
      writeMarker: async (partition, marker) => {
        const place = nameOf(partition);
        const error = this.markerError(place);
        if (error === 'NONE') this.written.push({ place, marker });
        return error;
      },
      ...{ clock, timers, log: silentLog },
    });
  }

  /** Another broker takes over, with nothing but the log. */
  async restart(): Promise<void> {
    this.host.close();
    this.written.length = 0;
    this.host = this.open();
    this.host.start();
    await this.simulation.advance(1);
  }

  init(id = 'a', timeoutMs = 60_000): Promise<TxnReply> {
    return this.host.init({ transactionalId: id, timeoutMs, expected: undefined });
  }

  add(producer: ProducerRef, ...names: string[]): Promise<readonly ErrorName[]> {
    const { producerId, producerEpoch } = producer;
    const partitions = placesOf(...names);
    return this.host.enlist({ transactionalId: 'a', producerId, producerEpoch, partitions, mode: 'add' });
  }

  end({ producerId, producerEpoch }: ProducerRef, isCommit = true): Promise<TxnReply> {
    return this.host.end({ transactionalId: 'a', producerId, producerEpoch, isCommit, transactionVersion: 2 });
  }

  async state(): Promise<string> {
    const found = await this.host.describe('a');
    return typeof found === 'string' ? found : found.state;
  }
}

function nameOf({ topic, partition }: TxnPartition): string {
  return `${topic}:${partition}`;
}

describe('the transaction coordinator', () => {
  test('writes a marker to each partition of a decided transaction, and completes it', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    expect(await kit.add(producer, 't:0', 't:1', 'u:0')).toEqual(['NONE', 'NONE', 'NONE']);
    expect(await kit.end(producer)).toMatchObject({ error: 'NONE', producerEpoch: 1 });
    await kit.simulation.advance(1);
    const marker = {
      ...{ producerId: producer.producerId, producerEpoch: 1, coordinatorEpoch: 3 },
      ...{ isCommit: true, transactionVersion: 2 },
    };
    expect(kit.written).toEqual(['t:0', 't:1', 'u:0'].map((place) => ({ place, marker })));
    expect(await kit.state()).toBe('CompleteCommit');
  });

  test('writes no marker before the decision is kept', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0');
    kit.log.isManual = true;
    const ended = kit.end(producer);
    await kit.simulation.advance(1_000);
    expect(kit.written).toEqual([]);
    kit.log.commit();
    await ended;
    await kit.simulation.advance(1);
    expect(kit.written).toHaveLength(1);
  });

  test('writes markers again until every partition has its own, ever less often', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0', 't:1');
    let attempts = 0;
    kit.markerError = (place) => {
      attempts += place === 't:1' ? 1 : 0;
      return place === 't:1' ? 'KAFKA_STORAGE_ERROR' : 'NONE';
    };
    await kit.end(producer);
    await kit.simulation.advance(60_000);
    expect(attempts).toBeGreaterThan(8);
    expect(attempts).toBeLessThan(20);
    expect(kit.written.map(({ place }) => place)).toEqual(['t:0']);
    expect(await kit.host.describe('a')).toMatchObject({ state: 'PrepareCommit', partitions: onlyT1 });
    kit.markerError = () => 'NONE';
    await kit.simulation.advance(10_001);
    expect(kit.written.map(({ place }) => place)).toEqual(['t:0', 't:1']);
    expect(await kit.state()).toBe('CompleteCommit');
  });

  test('a deleted topic needs no marker, also when it is deleted while others are waited for', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 'gone:0', 't:0', 'later:0');
    kit.deleted.add('gone:0');
    kit.markerError = () => 'NOT_LEADER_OR_FOLLOWER';
    await kit.end(producer);
    await kit.simulation.advance(100);
    kit.deleted.add('later:0');
    kit.markerError = () => 'NONE';
    await kit.simulation.advance(10_000);
    expect(kit.written.map(({ place }) => place)).toEqual(['t:0']);
    expect(await kit.state()).toBe('CompleteCommit');
  });

  test('a partition that has a later epoch of the producer does not hold the transaction up (KAFKA-19999)', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0', 't:1');
    kit.markerError = (place) => (place === 't:0' ? 'INVALID_PRODUCER_EPOCH' : 'NONE');
    await kit.end(producer);
    await kit.simulation.advance(1);
    expect(await kit.state()).toBe('CompleteCommit');
  });

  test('after a restart the markers of what was decided are written, again or for the first time', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0', 't:1');
    kit.markerError = (place) => (place === 't:1' ? 'NOT_LEADER_OR_FOLLOWER' : 'NONE');
    await kit.end(producer, false);
    await kit.simulation.advance(50);
    kit.markerError = () => 'NONE';
    kit.leaderEpoch = 4;
    await kit.restart();
    expect(kit.written.map(({ place, marker }) => [place, marker.isCommit, marker.coordinatorEpoch])).toEqual([
      ['t:0', false, 4],
      ['t:1', false, 4],
    ]);
    expect(await kit.state()).toBe('CompleteAbort');
    await kit.restart();
    expect(kit.written).toEqual([]);
  });

  test('when the log fails under a decision, it is asked again what was decided, and that is done', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0');
    kit.log.isManual = true;
    const ended = kit.end(producer);
    kit.log.fail(new Error('EIO'));
    expect((await ended).error).toBe('NOT_COORDINATOR');
    kit.log.isManual = false;
    await kit.simulation.advance(1_000);
    expect([kit.written, await kit.state()]).toEqual([[], 'Ongoing']);
    expect((await kit.end(producer)).error).toBe('NONE');
    await kit.simulation.advance(1);
    expect(kit.written).toHaveLength(1);
    expect(await kit.state()).toBe('CompleteCommit');
  });

  test('when the log fails under the completion, the markers are written once more', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0');
    kit.markerError = () => {
      kit.log.isManual = true;
      return 'NONE';
    };
    await kit.end(producer);
    await kit.simulation.advance(1);
    kit.log.fail(new Error('EIO'));
    kit.markerError = () => 'NONE';
    kit.log.isManual = false;
    await kit.simulation.advance(1_000);
    expect(kit.written).toHaveLength(2);
    expect(await kit.state()).toBe('CompleteCommit');
  });

  test('a closed coordinator writes nothing any more', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0');
    let attempts = 0;
    kit.markerError = () => {
      attempts += 1;
      return 'KAFKA_STORAGE_ERROR';
    };
    await kit.end(producer);
    await kit.simulation.advance(30);
    kit.host.close();
    const before = attempts;
    await kit.simulation.advance(60_000);
    expect(attempts).toBe(before);
    expect((await kit.init()).error).toBe('NOT_COORDINATOR');
  });

  test('the first record of the next transaction waits for the end of the one before', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0');
    kit.markerError = () => 'NOT_LEADER_OR_FOLLOWER';
    const next = await kit.end(producer);
    const added = kit.add(next, 't:0');
    kit.markerError = () => 'NONE';
    await kit.simulation.advance(50);
    expect(await added).toEqual(['NONE']);
    expect(await kit.state()).toBe('Ongoing');
  });

  test('it waits no longer than the setting says', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init();
    await kit.add(producer, 't:0');
    kit.markerError = () => 'NOT_LEADER_OR_FOLLOWER';
    const added = kit.add(await kit.end(producer), 't:0', 't:1');
    await kit.simulation.advance(101);
    expect(await added).toEqual(['CONCURRENT_TRANSACTIONS', 'CONCURRENT_TRANSACTIONS']);
  });
});

describe('its housekeeping', () => {
  test('aborts transactions that last too long', async () => {
    const kit = await TestTransactions.start();
    const producer = await kit.init('a', 15_000);
    await kit.add(producer, 't:0');
    await kit.simulation.advance(15_000);
    expect(await kit.state()).toBe('Ongoing');
    await kit.simulation.advance(5_001);
    expect(kit.written).toMatchObject([{ marker: { isCommit: false, producerEpoch: 1 } }]);
    expect(await kit.add(producer, 't:0')).toEqual(['INVALID_PRODUCER_EPOCH']);
  });

  test('forgets ids that nobody uses', async () => {
    const kit = await TestTransactions.start();
    await kit.init();
    await kit.simulation.advance(3_600_000 - 60_000);
    expect(await kit.state()).toBe('Empty');
    await kit.simulation.advance(120_001);
    expect(await kit.state()).toBe('TRANSACTIONAL_ID_NOT_FOUND');
  });
});

describe('before it can serve', () => {
  test('without its topic it coordinates nobody; preparing creates it', async () => {
    const kit = new TestTransactions();
    kit.isCreated = false;
    kit.host.start();
    expect((await kit.init()).error).toBe('NOT_COORDINATOR');
    expect(await kit.host.describe('a')).toBe('NOT_COORDINATOR');
    expect(await kit.host.list({ states: [], producerIds: [], durationMs: -1 })).toEqual({
      error: 'NONE',
      listed: [],
    });
    expect(await kit.host.prepare('a')).toBe('NONE');
    expect((await kit.init()).error).toBe('NONE');
  });

  test('a topic that cannot be created is told', async () => {
    const kit = new TestTransactions();
    kit.isCreated = false;
    kit.ensured = 'INVALID_REPLICATION_FACTOR';
    expect(await kit.host.prepare('a')).toBe('INVALID_REPLICATION_FACTOR');
  });

  test('while it reads its log, clients have to come again, and the list is not given in part', async () => {
    const kit = new TestTransactions();
    kit.host.start();
    const reply = kit.init();
    const list = kit.host.list({ states: [], producerIds: [], durationMs: -1 });
    expect((await reply).error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect((await list).error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
  });

  test('a controller that gives no producer ids makes clients come again', async () => {
    const kit = await TestTransactions.start();
    kit.producerIds = () => Promise.reject(new Error('closed'));
    expect((await kit.init()).error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    kit.producerIds = async () => 9;
    expect(await kit.init()).toMatchObject({ error: 'NONE', producerId: 9 });
  });
});

const onlyT1: TxnMetadata['partitions'] = new Map([['t', new Set([1])]]);
