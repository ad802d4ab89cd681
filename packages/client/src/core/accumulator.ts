import type { CompressionType, ErrorName, RecordDraft } from '@nagare/protocol';
import { PartitionQueue } from './partition-queue.ts';
import { type BatchListener, ProducerBatch } from './producer-batch.ts';
import { judge, type ProducerSession } from './producer-session.ts';

export interface AccumulatorOptions {
  readonly lingerMs: number;
  readonly batchBytesMax: number;
  readonly requestBytesMax: number;
  readonly bufferBytesMax: number;
  readonly deliveryTimeoutMs: number;
  readonly compression: CompressionType;
}

/** What the accumulator asks about brokers. */
export interface Destinations {
  /** The broker that leads a partition; undefined when it is not known. */
  leaderOf(topic: string, partition: number): number | undefined;
  /** Whether records may go to a partition now: it has to be in the transaction. */
  mayProduce(topic: string, partition: number): boolean;
  /** How many more requests a broker may be sent now. */
  slotsOf(nodeId: number): number;
}

export interface EncodedBatch {
  readonly batch: ProducerBatch;
  readonly bytes: Buffer;
}

/** One produce request: at most one batch of each partition. */
export interface ProduceRequest {
  readonly nodeId: number;
  readonly batches: EncodedBatch[];
}

export interface SendPlan {
  readonly requests: readonly ProduceRequest[];
  /** When to ask again, if nothing happens before. */
  readonly wakeAtMs: number;
  /** Batches are ready whose leader is not known. */
  readonly lacksLeader: boolean;
  /** Batches that have waited longer than the delivery timeout, removed. */
  readonly expired: readonly ProducerBatch[];
}

/** Collects records into batches, decides which to send when and where, and keeps the order of each partition. */
export class Accumulator {
  readonly #options: AccumulatorOptions;
  readonly #session: ProducerSession | undefined;
  readonly #queues = new Map<string, PartitionQueue[]>();
  readonly #active = new Set<PartitionQueue>();
  #bytes = 0;
  #urgency = 0;
  #batches = 0;

  constructor(options: AccumulatorOptions, session: ProducerSession | undefined) {
    this.#options = options;
    this.#session = session;
  }

  /** Bytes of records that have not ended. */
  get bufferedBytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#active.size === 0;
  }

  /** Whether a record of this size may come in. The first one always may. */
  hasRoom(recordBytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + recordBytes <= this.#options.bufferBytesMax;
  }

  /** Takes a record into the partition's open batch; undefined when there is none that has room: {@link begin} one. */
  append(
    topic: string,
    partition: number,
    record: RecordDraft,
    listener: BatchListener | undefined,
  ): ProducerBatch | undefined {
    const newest = this.#queues.get(topic)?.[partition]?.newest;
    if (newest === undefined) return undefined;
    const before = newest.byteLength;
    if (!newest.append(record, listener)) return undefined;
    this.#bytes += newest.byteLength - before;
    return newest;
  }

  /** Begins a batch with a record. {@link plan} has something to do from now on. */
  begin(
    topic: string,
    partition: number,
    record: RecordDraft,
    nowMs: number,
    listener: BatchListener | undefined,
  ): ProducerBatch {
    const queue = this.#queueOf(topic, partition);
    const { batchBytesMax: bytesMax, compression } = this.#options;
    this.#batches += 1;
    const isTransactional = this.#session?.isTransactional ?? false;
    const number = this.#batches;
    const batch = new ProducerBatch(queue, { number, createdAtMs: nowMs, bytesMax, compression, isTransactional });
    batch.append(record, listener);
    this.#bytes += batch.byteLength;
    queue.push(batch);
    this.#active.add(queue);
    return batch;
  }

  /** All batches that have not ended. */
  *unfinished(): Generator<ProducerBatch> {
    for (const queue of this.#active) yield* queue.unfinished();
  }

  /** Stops lingering until {@link relax} has been called as often. */
  hurry(): void {
    this.#urgency += 1;
  }

  relax(): void {
    this.#urgency -= 1;
  }

  /** Takes out what is to be sent now. */
  plan(nowMs: number, to: Destinations): SendPlan {
    const rules = { lingerMs: this.#options.lingerMs, isUrgent: this.#urgency > 0 };
    const plan = new PlanBuilder(to, this.#options.requestBytesMax);
    for (const queue of this.#active) {
      if (nowMs >= queue.oldestAtMs + this.#options.deliveryTimeoutMs) this.#expire(queue, nowMs, plan);
      for (;;) {
        const batch = queue.next(nowMs, rules);
        if (typeof batch === 'number') {
          plan.wake(batch);
          break;
        }
        if (!plan.add(queue, batch)) break;
      }
      plan.wake(queue.oldestAtMs + this.#options.deliveryTimeoutMs);
    }
    return plan;
  }

  /**
   * Takes in the answer to a batch and says whether it ended: `done` or `fail`, or `retry` when it will be sent again, not
   * before `retryAtMs`, or at once in halves.
   */
  answer(batch: ProducerBatch, answer: ErrorName, retryAtMs: number): 'done' | 'fail' | 'retry' {
    const queue = this.#queueOf(batch.topic, batch.partition);
    const verdict = judge(answer, { isFirst: queue.isFirst(batch), count: batch.count }, this.#session);
    if (verdict === 'split') {
      for (const half of queue.split(batch)) this.#bytes += half.byteLength;
      this.#bytes -= batch.byteLength;
      return 'retry';
    }
    batch.notBeforeMs = retryAtMs;
    queue.settle(batch, verdict);
    if (verdict === 'retry' || verdict === 'restart') return 'retry';
    this.#end(queue, batch);
    return verdict === 'done' ? 'done' : 'fail';
  }

  /** Takes out what is not under way: the transaction is aborted. */
  drop(): ProducerBatch[] {
    const dropped: ProducerBatch[] = [];
    for (const queue of this.#active) {
      for (const batch of queue.drop()) {
        this.#end(queue, batch);
        dropped.push(batch);
      }
    }
    return dropped;
  }

  /** Takes everything out: the producer closes. */
  clear(): ProducerBatch[] {
    const batches = [...this.unfinished()];
    this.#active.clear();
    this.#queues.clear();
    this.#bytes = 0;
    return batches;
  }

  #queueOf(topic: string, partition: number): PartitionQueue {
    let queues = this.#queues.get(topic);
    if (queues === undefined) {
      queues = [];
      this.#queues.set(topic, queues);
    }
    let queue = queues[partition];
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition, this.#session);
      queues[partition] = queue;
    }
    return queue;
  }

  #expire(queue: PartitionQueue, nowMs: number, plan: PlanBuilder): void {
    for (const batch of queue.expire(nowMs, this.#options.deliveryTimeoutMs)) {
      this.#end(queue, batch);
      plan.expired.push(batch);
    }
  }

  #end(queue: PartitionQueue, batch: ProducerBatch): void {
    this.#bytes -= batch.byteLength;
    if (queue.isEmpty) this.#active.delete(queue);
  }
}

interface OpenRequest extends ProduceRequest {
  bytes: number;
  readonly queues: Set<PartitionQueue>;
}

/** Fills requests: a batch goes into the first request to its broker that has room and no batch of its partition. */
class PlanBuilder implements SendPlan {
  readonly requests: OpenRequest[] = [];
  readonly expired: ProducerBatch[] = [];
  wakeAtMs = Number.POSITIVE_INFINITY;
  lacksLeader = false;
  readonly #to: Destinations;
  readonly #bytesMax: number;
  readonly #slots = new Map<number, number>();

  constructor(to: Destinations, bytesMax: number) {
    this.#to = to;
    this.#bytesMax = bytesMax;
  }

  wake(atMs: number): void {
    if (atMs < this.wakeAtMs) this.wakeAtMs = atMs;
  }

  /** False when the batch cannot go now. */
  add(queue: PartitionQueue, batch: ProducerBatch): boolean {
    if (!this.#to.mayProduce(queue.topic, queue.partition)) return false;
    const nodeId = this.#to.leaderOf(queue.topic, queue.partition);
    if (nodeId === undefined) {
      this.lacksLeader = true;
      return false;
    }
    if (!queue.mayGoTo(nodeId)) return false;
    const request = this.#requestFor(nodeId, queue, batch.byteLength);
    if (request === undefined) return false;
    request.batches.push({ batch, bytes: queue.send(batch, nodeId) });
    request.queues.add(queue);
    request.bytes += batch.byteLength;
    return true;
  }

  #requestFor(nodeId: number, queue: PartitionQueue, bytes: number): OpenRequest | undefined {
    let found: OpenRequest | undefined;
    for (const request of this.requests) {
      if (request.nodeId !== nodeId) continue;
      // Only requests behind those that hold earlier batches of the partition keep its order.
      if (request.queues.has(queue)) found = undefined;
      else if (found === undefined && request.bytes + bytes <= this.#bytesMax) found = request;
    }
    if (found !== undefined) return found;
    const slots = this.#slots.get(nodeId) ?? this.#to.slotsOf(nodeId);
    if (slots <= 0) return undefined;
    this.#slots.set(nodeId, slots - 1);
    const request: OpenRequest = { nodeId, batches: [], bytes: 0, queues: new Set() };
    this.requests.push(request);
    return request;
  }
}
