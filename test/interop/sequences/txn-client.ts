import { apis, type ErrorName, encodeBatch, errorName } from '@nagare/protocol';
import { waitFor } from '../../tools/wait.ts';
import type { Wire } from '../../tools/wire.ts';

/** A producer id with its epoch, and how far it has come in each partition. */
export interface TxnProducerState {
  readonly transactionalId: string;
  producerId: number;
  producerEpoch: number;
  readonly nextSequences: number[];
}

export interface SentBatch {
  readonly version: number;
  readonly partition: number;
  readonly transactionalId: string | null;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly isTransactional: boolean;
  readonly count: number;
}

/** Errors that pass by themselves, at a time that no two brokers have in common. */
const passing: ReadonlySet<ErrorName> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_ENOUGH_REPLICAS',
  'NOT_LEADER_OR_FOLLOWER',
]);

/** Sends a request until its answer is one that stays. */
function lasting<Answer>(what: string, send: () => Promise<{ error: ErrorName; answer: Answer }>) {
  return waitFor(
    async () => {
      const sent = await send();
      return passing.has(sent.error) ? undefined : sent;
    },
    { what, everyMs: 5 },
  );
}

/** The requests of producers in one topic, each awaited until its effects are there. */
export class TxnClient {
  readonly #wire: Wire;
  readonly topic: string;

  constructor(wire: Wire, topic: string) {
    this.#wire = wire;
    this.topic = topic;
  }

  async createTopic(partitions: number): Promise<void> {
    const topic = { name: this.topic, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] };
    await this.#wire.request(apis.createTopics, 7, { timeoutMs: 10_000, topics: [topic] });
    const isReady = async () => {
      const told = await Promise.all(Array.from({ length: partitions }, (_, index) => this.describe(index)));
      return told.every(({ error }) => error === 'NONE') || undefined;
    };
    await waitFor(isReady, { what: this.topic });
  }

  async findCoordinator(transactionalId: string): Promise<void> {
    await lasting(`the coordinator of ${transactionalId}`, async () => {
      const answer = await this.#wire.request(apis.findCoordinator, 3, { key: transactionalId, keyType: 1 });
      return { error: errorName(answer.errorCode), answer };
    });
  }

  async init(transactionalId: string) {
    const sent = await lasting(`an id for ${transactionalId}`, async () => {
      const body = { transactionalId, transactionTimeoutMs: 60_000 };
      const answer = await this.#wire.request(apis.initProducerId, 5, body);
      return { error: errorName(answer.errorCode), answer };
    });
    return { error: sent.error, producerId: sent.answer.producerId, producerEpoch: sent.answer.producerEpoch };
  }

  async add(producer: TxnProducerState, partition: number, producerEpoch: number): Promise<ErrorName> {
    const topics = [{ name: this.topic, partitions: [partition] }];
    const { error } = await lasting('AddPartitionsToTxn', async () => {
      const answer = await this.#wire.request(apis.addPartitionsToTxn, 3, {
        ...{ v3AndBelowTransactionalId: producer.transactionalId, v3AndBelowProducerId: producer.producerId },
        ...{ v3AndBelowProducerEpoch: producerEpoch, v3AndBelowTopics: topics },
      });
      const code = answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode;
      return { error: errorName(code), answer };
    });
    return error;
  }

  async produce(batch: SentBatch) {
    const { version, partition, transactionalId, count, ...options } = batch;
    // The time of the markers too: a jump would end the segment, and Kafka reads no further than that.
    const timestamp = Date.now();
    const drafts = Array.from({ length: count }, () => ({ timestamp, key: Buffer.from('k'), value: null }));
    const records = encodeBatch(options, drafts);
    const { error, answer } = await lasting('Produce', async () => {
      const topicData = [{ name: this.topic, partitionData: [{ index: partition, records }] }];
      const body = { transactionalId, acks: -1, timeoutMs: 5_000, topicData };
      const { responses } = await this.#wire.request(apis.produce, version, body);
      const told = responses[0]!.partitionResponses[0]!;
      return { error: errorName(told.errorCode), answer: told };
    });
    return { error, baseOffset: answer.baseOffset };
  }

  /** Ends a transaction, and waits until its markers are where they belong. */
  async end(options: { producer: TxnProducerState; version: number; committed: boolean; producerEpoch: number }) {
    const { producer, version, committed, producerEpoch } = options;
    const { transactionalId, producerId } = producer;
    const { error, answer } = await lasting('EndTxn', async () => {
      const body = { transactionalId, producerId, producerEpoch, committed };
      const told = await this.#wire.request(apis.endTxn, version, body);
      return { error: errorName(told.errorCode), answer: told };
    });
    const isSettled = async () => {
      const body = { transactionalIds: [transactionalId] };
      const { transactionStates } = await this.#wire.request(apis.describeTransactions, 0, body);
      return !transactionStates[0]!.transactionState.startsWith('Prepare') || undefined;
    };
    await waitFor(isSettled, { what: 'markers', everyMs: 5 });
    return { error, producerId: answer.producerId, producerEpoch: answer.producerEpoch };
  }

  async mark(marker: {
    readonly producerId: number;
    readonly producerEpoch: number;
    readonly transactionResult: boolean;
    readonly coordinatorEpoch: number;
    readonly transactionVersion: number;
    readonly partitions: readonly number[];
  }): Promise<ErrorName[]> {
    const { partitions, ...rest } = marker;
    const topics = [{ name: this.topic, partitionIndexes: partitions }];
    const { markers } = await this.#wire.request(apis.writeTxnMarkers, 2, { markers: [{ ...rest, topics }] });
    const told = markers[0]!.topics[0]!.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
    return told.map(({ errorCode }) => errorName(errorCode));
  }

  async describe(partition: number) {
    const topics = [{ name: this.topic, partitionIndexes: [partition] }];
    const answer = await this.#wire.request(apis.describeProducers, 0, { topics });
    const { errorCode, activeProducers } = answer.topics[0]!.partitions[0]!;
    return { error: errorName(errorCode), activeProducers };
  }

  async fetch(partition: number, isolationLevel: number) {
    const { responses } = await this.#wire.request(apis.fetch, 11, {
      ...{ maxWaitMs: 0, minBytes: 1, isolationLevel },
      topics: [{ topic: this.topic, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 10_000_000 }] }],
    });
    return responses[0]!.partitions[0]!;
  }

  async latest(partition: number, isolationLevel: number): Promise<number> {
    const asked = { partitionIndex: partition, timestamp: -1, currentLeaderEpoch: -1 };
    const body = { replicaId: -1, isolationLevel, topics: [{ name: this.topic, partitions: [asked] }] };
    const { topics } = await this.#wire.request(apis.listOffsets, 7, body);
    return topics[0]!.partitions[0]!.offset;
  }
}
