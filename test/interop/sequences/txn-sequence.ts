import { type Random, seededRandom } from '@nagare/base';
import { errorName, readBatchHeader, readEndTxnMarker, splitBatches } from '@nagare/protocol';
import type { Wire } from '../../tools/wire.ts';
import { TxnClient, type TxnProducerState } from './txn-client.ts';

const partitionCount = 2;
const stepCount = 60;
const missingPartition = 7;

type Step = (producer: TxnProducerState, partition: number) => Promise<string>;

/**
 * Sends the requests that a seed stands for, one after the other: two transactional ids, in both versions of
 * transactions, with requests of the past, sequences that do not fit, and markers that no coordinator has sent.
 *
 * @returns What was sent with what was answered, line by line, equal for brokers that behave the same.
 */
export async function runTxnSequence(wire: Wire, seed: number): Promise<string[]> {
  const sequence = new TxnSequence(wire, seed);
  return sequence.run();
}

class TxnSequence {
  readonly #random: Random;
  readonly #client: TxnClient;
  readonly #producers: readonly TxnProducerState[];
  /** Brokers give different producer ids; they are named in the order in which they come. */
  readonly #names = new Map<number, string>();

  constructor(wire: Wire, seed: number) {
    this.#random = seededRandom(`txn-sequence-${seed}`);
    this.#client = new TxnClient(wire, `txn-sequence-${seed}`);
    this.#producers = ['a', 'b'].map((name) => ({
      ...{ transactionalId: `${name}-${seed}`, producerId: -1, producerEpoch: -1 },
      nextSequences: new Array(partitionCount).fill(0),
    }));
  }

  async run(): Promise<string[]> {
    const lines: string[] = [];
    await this.#client.createTopic(partitionCount);
    for (const producer of this.#producers) {
      await this.#client.findCoordinator(producer.transactionalId);
      lines.push(await this.#init(producer));
    }
    for (let step = 0; step < stepCount; step += 1) {
      const act = this.#nextStep();
      lines.push(await act(this.#pick(this.#producers), this.#random.below(partitionCount)));
    }
    return lines;
  }

  #nextStep(): Step {
    const share = this.#random.next();
    if (share < 0.03) return (producer) => this.#init(producer);
    if (share < 0.18) return (producer, partition) => this.#add(producer, partition);
    if (share < 0.62) return (producer, partition) => this.#produce(producer, partition);
    if (share < 0.78) return (producer) => this.#end(producer);
    if (share < 0.84) return (producer, partition) => this.#mark(producer, partition);
    if (share < 0.92) return (_, partition) => this.#describe(partition);
    return (_, partition) => this.#fetch(partition);
  }

  async #init(producer: TxnProducerState): Promise<string> {
    const { error, producerId, producerEpoch } = await this.#client.init(producer.transactionalId);
    this.#become(producer, producerId, producerEpoch);
    return `init ${producer.transactionalId}: ${error} ${this.#nameOf(producerId)} ${producerEpoch}`;
  }

  async #add(producer: TxnProducerState, partition: number): Promise<string> {
    const epoch = this.#perhapsOld(producer);
    const error = await this.#client.add(producer, partition, epoch);
    return `add ${producer.transactionalId} ${partition} epoch ${epoch}: ${error}`;
  }

  async #produce(producer: TxnProducerState, partition: number): Promise<string> {
    const next = producer.nextSequences[partition]!;
    const count = 1 + this.#random.below(2);
    const baseSequence = this.#pick([next, next, next, next, next, next, Math.max(0, next - count), next + 1, 0]);
    const change = this.#isRare(0.06) ? this.#pick([-1, 1]) : 0;
    const batch = {
      ...{ version: this.#pick([9, 11, 12, 12, 12]), partition, count, baseSequence },
      ...{ producerId: producer.producerId, producerEpoch: Math.max(0, producer.producerEpoch + change) },
      isTransactional: !this.#isRare(0.1),
      transactionalId: this.#isRare(0.03) ? null : producer.transactionalId,
    };
    const { error, baseOffset } = await this.#client.produce(batch);
    const isNew = error === 'NONE' && change === 0 && baseSequence >= next;
    if (isNew) producer.nextSequences[partition] = baseSequence + count;
    return `produce ${JSON.stringify({ ...batch, producerId: this.#nameOf(batch.producerId) })}: ${error} ${baseOffset}`;
  }

  async #end(producer: TxnProducerState): Promise<string> {
    const version = this.#pick([3, 5, 5]);
    const committed = this.#isRare(0.5);
    const producerEpoch = this.#perhapsOld(producer);
    const ended = await this.#client.end({ producer, version, committed, producerEpoch });
    const isBumped = ended.error === 'NONE' && version === 5 && ended.producerEpoch >= 0;
    if (isBumped) this.#become(producer, ended.producerId, ended.producerEpoch);
    const next = version === 5 ? `${this.#nameOf(ended.producerId)} ${ended.producerEpoch}` : '';
    return `end ${producer.transactionalId} v${version} ${committed} epoch ${producerEpoch}: ${ended.error} ${next}`;
  }

  /** A marker with a newer epoch than its coordinator knows would keep Kafka's coordinator from ever ending the transaction. */
  async #mark(producer: TxnProducerState, partition: number): Promise<string> {
    const marker = {
      producerEpoch: this.#perhapsOld(producer, 0.3),
      transactionResult: this.#isRare(0.5),
      coordinatorEpoch: this.#pick([0, 0, 0, -1]),
      transactionVersion: this.#random.below(3),
      partitions: [partition, missingPartition],
    };
    const errors = await this.#client.mark({ producerId: producer.producerId, ...marker });
    return `mark ${producer.transactionalId} ${JSON.stringify(marker)}: ${errors}`;
  }

  async #describe(partition: number): Promise<string> {
    const { activeProducers } = await this.#client.describe(partition);
    const told = activeProducers.map(({ producerId, lastTimestamp: _, ...rest }) => {
      return JSON.stringify({ producerId: this.#nameOf(producerId), ...rest });
    });
    return `describe ${partition}: ${told.sort()}`;
  }

  async #fetch(partition: number): Promise<string> {
    const isolationLevel = this.#pick([0, 1, 1]);
    const told = await this.#client.fetch(partition, isolationLevel);
    const { errorCode, highWatermark, lastStableOffset, records } = told;
    const batches = splitBatches(records ?? Buffer.alloc(0)).map((batch) => this.#batch(batch));
    // Kafka also names aborted transactions that begin behind the records it gives.
    const isAll = lastStableOffset === highWatermark;
    const aborted = told.abortedTransactions?.map((txn) => `${this.#nameOf(txn.producerId)}@${txn.firstOffset}`);
    const latest = await this.#client.latest(partition, isolationLevel);
    const positions = JSON.stringify({ highWatermark, lastStableOffset, latest });
    return `fetch ${partition} isolation ${isolationLevel}: ${errorName(errorCode)} ${positions} ${isAll ? aborted?.sort() : ''} ${batches}`;
  }

  #batch(bytes: Buffer): string {
    const { baseOffset, lastOffsetDelta, producerId, producerEpoch, baseSequence, ...header } = readBatchHeader(bytes);
    const marker = header.isControl ? readEndTxnMarker(bytes) : undefined;
    const kind = marker === undefined ? header.isTransactional : `${marker.type} ${marker.coordinatorEpoch}`;
    const place = `${baseOffset}+${lastOffsetDelta}`;
    return `[${place} ${this.#nameOf(producerId)} ${producerEpoch} ${baseSequence} ${kind}]`;
  }

  #become(producer: TxnProducerState, producerId: number, producerEpoch: number): void {
    const isSame = producer.producerId === producerId && producer.producerEpoch === producerEpoch;
    producer.producerId = producerId;
    producer.producerEpoch = producerEpoch;
    if (!isSame) producer.nextSequences.fill(0);
  }

  #perhapsOld({ producerEpoch }: TxnProducerState, share = 0.05): number {
    return Math.max(0, producerEpoch - (this.#isRare(share) ? 1 : 0));
  }

  #isRare(share: number): boolean {
    return this.#random.next() < share;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!;
  }

  #nameOf(producerId: number): string {
    if (producerId < 0) return `${producerId}`;
    if (!this.#names.has(producerId)) this.#names.set(producerId, `P${this.#names.size}`);
    return this.#names.get(producerId)!;
  }
}
