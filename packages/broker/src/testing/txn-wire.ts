import { apis, type ErrorName, errorName } from '@nagare/protocol';
import type { SettingValue } from '../config/setting.ts';
import type { ProducerRef } from '../core/transaction/txn-metadata.ts';
import { startTestBroker, type TestBroker } from './test-broker.ts';

export interface WireReply extends ProducerRef {
  readonly error: ErrorName;
}

/** The transactional id `a` as its clients speak of it, request by request and in every version, to a broker of its own. */
export class TxnWire implements AsyncDisposable {
  readonly kit: TestBroker;

  private constructor(kit: TestBroker) {
    this.kit = kit;
  }

  /** A broker with a topic `t` of two partitions, and a coordinator that can serve. */
  static async start(settings: Readonly<Record<string, SettingValue>> = {}): Promise<TxnWire> {
    const kit = await startTestBroker({ 'transaction.state.log.num.partitions': 2, ...settings });
    await kit.createTopic('t', { partitions: 2 });
    await kit.client.request(apis.findCoordinator, 4, { keyType: 1, coordinatorKeys: ['a'] });
    return new TxnWire(kit);
  }

  async init(options: { version?: number; id?: string | null; expected?: ProducerRef; timeoutMs?: number } = {}) {
    const { version = 5, id = 'a', expected = {}, timeoutMs = 60_000 } = options;
    const body = { transactionalId: id, transactionTimeoutMs: timeoutMs, ...expected };
    const { errorCode, producerId, producerEpoch } = await this.kit.client.request(apis.initProducerId, version, body);
    return { error: errorName(errorCode), producerId, producerEpoch } satisfies WireReply;
  }

  /** Adds partitions of one topic, and gives an error for each. */
  async add(
    producer: ProducerRef,
    options: {
      version?: number;
      topic?: string;
      partitions?: readonly number[];
      id?: string;
      verifyOnly?: boolean;
    } = {},
  ): Promise<ErrorName[]> {
    const { version = 3, topic = 't', partitions = [0], id = 'a', verifyOnly = false } = options;
    const { producerId, producerEpoch } = producer;
    const topics = [{ name: topic, partitions }];
    const body =
      version < 4
        ? {
            ...{ v3AndBelowTransactionalId: id, v3AndBelowProducerId: producerId },
            ...{ v3AndBelowProducerEpoch: producerEpoch, v3AndBelowTopics: topics },
          }
        : { transactions: [{ transactionalId: id, producerId, producerEpoch, verifyOnly, topics }] };
    const answer = await this.kit.client.request(apis.addPartitionsToTxn, version, body);
    const results = version < 4 ? answer.resultsByTopicV3AndBelow : answer.resultsByTransaction[0]!.topicResults;
    return results.flatMap((each) => each.resultsByPartition.map((it) => errorName(it.partitionErrorCode)));
  }

  async addOffsets(producer: ProducerRef, options: { version?: number; id?: string } = {}): Promise<ErrorName> {
    const { version = 4, id = 'a' } = options;
    const { producerId, producerEpoch } = producer;
    const body = { transactionalId: id, producerId, producerEpoch, groupId: 'g' };
    return errorName((await this.kit.client.request(apis.addOffsetsToTxn, version, body)).errorCode);
  }

  async end(producer: ProducerRef, options: { version?: number; isCommit?: boolean; id?: string } = {}) {
    const { version = 5, isCommit = true, id = 'a' } = options;
    const { producerId, producerEpoch } = producer;
    const body = { transactionalId: id, producerId, producerEpoch, committed: isCommit };
    const ended = await this.kit.client.request(apis.endTxn, version, body);
    return {
      error: errorName(ended.errorCode),
      producerId: ended.producerId,
      producerEpoch: ended.producerEpoch,
    } satisfies WireReply;
  }

  async describe(id = 'a') {
    const body = { transactionalIds: [id] };
    const { transactionStates } = await this.kit.client.request(apis.describeTransactions, 0, body);
    return transactionStates[0]!;
  }

  /** Waits until the transaction of `a` is in a state. */
  async until(state: string): Promise<void> {
    for (let attempt = 0; attempt < 1_000; attempt++) {
      if ((await this.describe()).transactionState === state) return;
    }
    throw new Error(`a did not become ${state}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kit[Symbol.asyncDispose]();
  }
}
