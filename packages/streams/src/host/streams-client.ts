import type { Admin, Client, Consumer, ConsumerOptions, Producer, ProducerOptions, Transaction } from '@nagare/client';

export type StreamsConsumer = Pick<
  Consumer,
  | 'subscribe'
  | 'unsubscribe'
  | 'assign'
  | 'assignment'
  | 'isRebalancing'
  | 'poll'
  | 'pause'
  | 'resume'
  | 'seek'
  | 'seekToBeginning'
  | 'seekToEnd'
  | 'position'
  | 'lag'
  | 'commit'
  | 'committed'
  | 'groupMetadata'
  | 'close'
>;

export type StreamsTransaction = Pick<Transaction, 'enqueue' | 'sendOffsets' | 'commit' | 'abort'>;

export type StreamsProducer = Pick<Producer, 'enqueue' | 'room' | 'partitionsFor' | 'flush' | 'close'> & {
  transaction(): Promise<StreamsTransaction>;
};

export type StreamsAdmin = Pick<
  Admin,
  'createTopics' | 'describeTopics' | 'describeConfigs' | 'listOffsets' | 'deleteRecords' | 'close'
>;

/** What an application needs of a client. The client of this project has it all. */
export interface StreamsClient {
  consumer(options: ConsumerOptions): StreamsConsumer;
  producer(options: ProducerOptions): StreamsProducer;
  admin(): StreamsAdmin;
}

/** Checked by the compiler: a client can be given where an application wants one. */
export function asStreamsClient(client: Client): StreamsClient {
  return client;
}
