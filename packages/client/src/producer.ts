import type { ClientError } from './errors.ts';
import type { Header, HeadersInit } from './record.ts';
import type { Transaction } from './transaction.ts';

/** How many replicas must have a record before it counts as sent: all in sync (-1), the leader (1), or none (0). */
export type Acks = -1 | 0 | 1;

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

export interface ProducerOptions {
  /** Lets the broker drop what a retry sends twice. Needs `acks: -1`. Default: true, unless `acks` is 0 or 1. */
  readonly idempotent?: boolean;
  /** Default: -1. */
  readonly acks?: Acks;
  /** How long a record may wait for others to share its batch, in milliseconds. Default: 5. */
  readonly lingerMs?: number;
  /** The largest batch of records, in bytes before compression; a larger record gets a batch of its own. Default: 65,536. */
  readonly batchBytesMax?: number;
  /** The largest produce request, and so the largest record, in bytes. Default: 1,048,576. */
  readonly requestBytesMax?: number;
  /** Bytes of records that may wait to be sent and acknowledged; then `send` waits and `enqueue` refuses. Default: 33,554,432. */
  readonly bufferBytesMax?: number;
  /** How long `send` may wait for room or for the topic's metadata, in milliseconds. Default: 60,000. */
  readonly blockMsMax?: number;
  /** Default: 'none'. */
  readonly compression?: Compression;
  /** Produce requests on their way to one broker at a time, 1 to 5. Default: 5. */
  readonly maxInFlight?: number;
  /** How long a record may take from `send` to its acknowledgement, retries included, in milliseconds. Default: 120,000. */
  readonly deliveryTimeoutMs?: number;
  /** How long one request may take, in milliseconds. Default: 30,000. */
  readonly requestTimeoutMs?: number;
  /**
   * Makes this a producer of transactions. The id outlives the process: a new producer with the same id ends what the old one
   * left open, and fences it. So each process that is meant to work beside others needs an id of its own.
   */
  readonly transactionalId?: string;
  /** How long a transaction may stay open before the coordinator aborts it, in milliseconds. Default: 60,000. */
  readonly transactionTimeoutMs?: number;
  /** Closes the producer at once when it aborts; sends that wait reject. */
  readonly signal?: AbortSignal;
}

/** A record to send. */
export interface OutgoingMessage {
  /** Decides the partition, unless `partition` does. Default: null. */
  readonly key?: string | Buffer | null;
  /** Null deletes the key from a compacted topic. */
  readonly value: string | Buffer | null;
  readonly headers?: HeadersInit;
  readonly partition?: number;
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number;
}

export interface ProducerSend {
  readonly topic: string;
  readonly messages: readonly OutgoingMessage[];
  /** Ends the wait for the topic or for room; messages that are in the buffer already are sent all the same. */
  readonly signal?: AbortSignal;
}

/** Where records of one send went: `count` records of one partition with consecutive offsets from `baseOffset`. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  /** The offset of the first of them, or -1 when it is not known (`acks: 0`). */
  readonly baseOffset: number;
  readonly count: number;
  /** When the broker appended them, in milliseconds since 1970, or -1 when the records keep their own timestamps. */
  readonly logAppendTimeMs: number;
}

/**
 * The end of a batch: acknowledged, or failed for good with `error`. One that the broker finds too large is sent in pieces,
 * and each of them is told (KIP-126).
 */
export interface BatchDelivery {
  readonly topic: string;
  readonly partition: number;
  /** The offset of its first record, or -1 when it is not known. */
  readonly baseOffset: number;
  /** Its records. */
  readonly count: number;
  readonly error: ClientError | undefined;
}

/** Sends records. Made by `client.producer()`. With a `transactionalId` records go through {@link transaction} alone. */
export interface Producer extends AsyncDisposable {
  /**
   * Sends messages to one topic. They stay in order within their partition, also across calls.
   *
   * @returns Where they went: one entry for each partition and batch.
   * @throws {ClientError} When any of them could not be sent; others may have been.
   */
  send(request: ProducerSend): Promise<RecordMetadata[]>;
  /** Sends messages to several topics, as {@link send} does. */
  sendBatch(request: { readonly topicMessages: readonly ProducerSend[] }): Promise<RecordMetadata[]>;
  /**
   * Takes one record without a promise: the way of the streams runtime. The bytes are copied.
   *
   * @param onDelivery - Called once for each batch that holds records given with it (the same function counts once).
   * @returns False when the buffer is full and nothing was taken: wait for {@link room}.
   * @throws {ClientError} When the producer is closed or the record is larger than a request may be.
   */
  enqueue(
    topic: string,
    partition: number,
    timestamp: number,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    onDelivery?: (delivery: BatchDelivery) => void,
  ): boolean;
  /** Resolves once there is room for more records. */
  room(): Promise<void>;
  /**
   * Begins a transaction, one at a time, for a producer with a `transactionalId`. The first one waits until what an earlier
   * producer with that id left open has ended.
   *
   * @throws {ClientError} NAGARE_CLIENT_FENCED when a newer producer has the id.
   * @throws {RangeError} Without a `transactionalId`, or while another transaction is open.
   * @example Read, work, write, exactly once
   * ```ts
   * await using producer = client.producer({ transactionalId: 'till-1' });
   * for (;;) {
   *   const fetched = await consumer.poll({ timeoutMs: 1_000 });
   *   if (fetched.length === 0) continue;
   *   await using tx = await producer.transaction();
   *   await tx.send({ topic: 'receipts', messages: receiptsFor(fetched) });
   *   const offsets = fetched.map(({ topic, partition, nextOffset: offset }) => ({ topic, partition, offset }));
   *   await tx.sendOffsets({ consumer, offsets });
   *   await tx.commit();
   * }
   * ```
   */
  transaction(options?: { readonly signal?: AbortSignal }): Promise<Transaction>;
  /** The number of partitions of a topic, asked from the cluster when it is not known (which may create the topic). */
  partitionsFor(topic: string): Promise<number>;
  /**
   * Sends what waits and resolves once everything taken before the call is acknowledged.
   *
   * @throws {ClientError} The first failure of a record given to {@link enqueue} since the last flush.
   */
  flush(): Promise<void>;
  /** Sends what waits for at most `timeoutMs` (default: 30,000), then closes. Further calls do nothing. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}
