import type {
  Admin,
  Client,
  CommitOffset,
  Consumer,
  ConsumerOptions,
  GroupMetadata,
  Producer,
  ProducerOptions,
} from '@nagare/client';

/** The transactions of a producer. Everything enqueued belongs to the open one. */
export interface Transactions {
  init(): Promise<void>;
  begin(): void;
  sendOffsets(offsets: readonly CommitOffset[], group: GroupMetadata): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export type StreamsConsumer = Pick<
  Consumer,
  | 'subscribe'
  | 'assign'
  | 'poll'
  | 'pause'
  | 'resume'
  | 'seek'
  | 'position'
  | 'lag'
  | 'commit'
  | 'committed'
  | 'groupMetadata'
  | 'close'
>;

export type StreamsProducer = Pick<Producer, 'enqueue' | 'room' | 'partitionsFor' | 'flush' | 'close'> & {
  /** Undefined while the client or the broker has none. */
  readonly transactions?: Transactions;
};

export type StreamsAdmin = Pick<Admin, 'createTopics' | 'describeTopics' | 'listOffsets' | 'deleteRecords' | 'close'>;

/** What an application needs of a client. The client of this project has it all. */
export interface StreamsClient {
  consumer(options: ConsumerOptions): StreamsConsumer;
  producer(options: ProducerOptions & { readonly transactionalId?: string }): StreamsProducer;
  admin(): StreamsAdmin;
}

/** Checked by the compiler: a client can be given where an application wants one. */
export function asStreamsClient(client: Client): StreamsClient {
  return client;
}
