import type { CommitOffset, Consumer, GroupMetadata } from './consumer.ts';
import type { BatchDelivery, ProducerSend, RecordMetadata } from './producer.ts';
import type { Header } from './record.ts';

/** Offsets to commit with a transaction, and the membership that they are committed under (KIP-447). */
export type TransactionOffsets = {
  /** The offsets of the next records to read. */
  readonly offsets: readonly CommitOffset[];
} & (
  | { readonly consumer: Pick<Consumer, 'groupMetadata'> }
  | {
      /** What `consumer.groupMetadata()` gave, for instance in another process. */
      readonly groupMetadata: GroupMetadata;
    }
);

export interface TransactionEndOptions {
  /** How long to wait for the coordinator, in milliseconds. Default: the producer's `blockMsMax`. */
  readonly timeoutMs?: number;
  /** Ends the wait. What was asked for goes on all the same: call again to wait for it. */
  readonly signal?: AbortSignal;
}

/**
 * Records and offsets that become visible to `read_committed` consumers together, or never. Made by
 * `producer.transaction()`; disposing of one that was not committed aborts it.
 *
 * Once anything in it has failed it cannot be committed any more. The code of an error tells what is left to do:
 * `NAGARE_CLIENT_TRANSACTION_ABORTABLE`: abort, and do the work again; `NAGARE_CLIENT_TRANSACTION_UNDECIDED`: call the same
 * method again; `NAGARE_CLIENT_FENCED`: somebody else works in this producer's place, stop; and
 * `NAGARE_CLIENT_TRANSACTION_FATAL`: close the producer and make another.
 */
export interface Transaction extends AsyncDisposable {
  /** Sends messages as `producer.send` does. When it rejects, the transaction can only be aborted. */
  send(request: ProducerSend): Promise<RecordMetadata[]>;
  /** Sends messages to several topics. */
  sendBatch(request: { readonly topicMessages: readonly ProducerSend[] }): Promise<RecordMetadata[]>;
  /** Takes one record without a promise, as `producer.enqueue` does. */
  enqueue(
    topic: string,
    partition: number,
    timestamp: number,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly Header[],
    onDelivery?: (delivery: BatchDelivery) => void,
  ): boolean;
  /**
   * Commits offsets of a consumer group if, and only if, the transaction commits. The consumer needs `autoCommit: false`.
   *
   * @throws {ClientError} NAGARE_CLIENT_TRANSACTION_ABORTABLE when the group has gone on without the member: `kafka` names
   * the answer.
   */
  sendOffsets(request: TransactionOffsets): Promise<void>;
  /**
   * Waits until every record is acknowledged, then commits. Once called it is not taken back: when the wait ends too early
   * it says NAGARE_CLIENT_TRANSACTION_UNDECIDED, and a further call waits on.
   *
   * @throws {ClientError} NAGARE_CLIENT_TRANSACTION_ABORTABLE when anything has failed; nothing was committed then.
   */
  commit(options?: TransactionEndOptions): Promise<void>;
  /** Drops what was not sent, and lets no `read_committed` consumer see the rest. */
  abort(options?: TransactionEndOptions): Promise<void>;
}
