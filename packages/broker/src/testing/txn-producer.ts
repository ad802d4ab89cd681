import { apis, type ErrorName, encodeBatch, errorName } from '@nagare/protocol';
import type { WireClient } from './wire-client.ts';

/**
 * How a producer speaks of its transactions: `adding`, each write to a partition makes it part of the transaction and the
 * epoch rises with each (version 2); `telling`, partitions are added before, and the epoch stays.
 */
export type TxnProtocol = 'adding' | 'telling';

export interface TxnProducerOptions {
  readonly transactionalId: string;
  readonly protocol?: TxnProtocol;
  readonly timeoutMs?: number;
}

interface Written {
  readonly error: ErrorName;
  readonly offset: number;
}

/** A producer with a transactional id, as small as it can be: it does what it is told, also what a good one would not. */
export class TxnProducer {
  #client: WireClient;
  readonly #sequences = new Map<string, number>();
  readonly protocol: TxnProtocol;
  readonly transactionalId: string;
  id = -1;
  epoch = -1;

  constructor(client: WireClient, { transactionalId, protocol = 'adding' }: TxnProducerOptions) {
    this.#client = client;
    this.transactionalId = transactionalId;
    this.protocol = protocol;
  }

  /** A producer that has its id and epoch; asks again while its last transaction is being ended. */
  static async start(client: WireClient, options: TxnProducerOptions): Promise<TxnProducer> {
    const producer = new TxnProducer(client, options);
    const { transactionalId, timeoutMs: transactionTimeoutMs = 60_000 } = options;
    await client.request(apis.findCoordinator, 3, { key: transactionalId, keyType: 1 });
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const granted = await client.request(apis.initProducerId, 5, { transactionalId, transactionTimeoutMs });
      producer.id = granted.producerId;
      producer.epoch = granted.producerEpoch;
      if (granted.errorCode === 0) return producer;
    }
    throw new Error(`${transactionalId} got no producer id`);
  }

  /** Goes on over another connection. */
  reconnect(client: WireClient): void {
    this.#client = client;
  }

  /** Adds a partition to the transaction, as producers do that know transactions of version 1. */
  async add(topic: string, partition = 0): Promise<ErrorName> {
    for (let attempt = 0; ; attempt += 1) {
      const { resultsByTopicV3AndBelow: topics } = await this.#client.request(apis.addPartitionsToTxn, 3, {
        ...{ v3AndBelowTransactionalId: this.transactionalId, v3AndBelowProducerId: this.id },
        ...{ v3AndBelowProducerEpoch: this.epoch, v3AndBelowTopics: [{ name: topic, partitions: [partition] }] },
      });
      const error = errorName(topics?.[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1);
      if (error !== 'CONCURRENT_TRANSACTIONS' || attempt === attemptsMax) return error;
    }
  }

  /** Writes one batch with the next sequence. Sent at once, so that writes that are not awaited are pipelined. */
  async write(topic: string, values: readonly string[], options: { partition?: number } = {}): Promise<Written> {
    const { partition = 0 } = options;
    const place = `${topic}-${partition}`;
    const baseSequence = this.#sequences.get(place) ?? 0;
    this.#sequences.set(place, baseSequence + values.length);
    return this.send({ topic, partition, values, baseSequence });
  }

  async send(batch: {
    readonly topic: string;
    readonly partition: number;
    readonly values: readonly string[];
    readonly baseSequence: number;
  }): Promise<Written> {
    const { topic, partition, values, baseSequence } = batch;
    const { transactionalId, id: producerId, epoch: producerEpoch } = this;
    const records = encodeBatch(
      { producerId, producerEpoch, baseSequence, isTransactional: true },
      values.map((value) => ({ timestamp: 1000, key: null, value: Buffer.from(value) })),
    );
    const { responses } = await this.#client.request(apis.produce, this.protocol === 'adding' ? 12 : 9, {
      ...{ transactionalId, acks: -1, timeoutMs: 5_000 },
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    });
    const answer = responses[0]!.partitionResponses[0]!;
    return { error: errorName(answer.errorCode), offset: answer.baseOffset };
  }

  /** Ends the transaction, and goes on with the epoch that the next one has. */
  async end(committed: boolean): Promise<ErrorName> {
    const { transactionalId, id: producerId, epoch: producerEpoch } = this;
    const version = this.protocol === 'adding' ? 5 : 3;
    const ended = await this.#client.request(apis.endTxn, version, {
      ...{ transactionalId, producerId, producerEpoch, committed },
    });
    if (ended.errorCode === 0 && ended.producerEpoch >= 0 && this.protocol === 'adding') {
      this.id = ended.producerId;
      this.epoch = ended.producerEpoch;
      this.#sequences.clear();
    }
    return errorName(ended.errorCode);
  }
}

const attemptsMax = 200;
