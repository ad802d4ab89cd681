import { type Log, silentLog } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';
import type { Admin, AdminOptions } from './admin/admin.ts';
import { createAdmin } from './admin/kafka-admin.ts';
import { parseAddresses } from './connection/addresses.ts';
import { KafkaConsumer } from './consumer/kafka-consumer.ts';
import type { Consumer, ConsumerOptions } from './consumer.ts';
import type { BrokerList, ClientContext, ClientPlatform } from './context.ts';
import { KafkaProducer } from './producer/kafka-producer.ts';
import type { Producer, ProducerOptions } from './producer.ts';

export interface ClientOptions {
  readonly brokers: BrokerList;
  /** The name that brokers log. Default: 'nagare'. */
  readonly clientId?: string;
  /** Default: the machine that we run on. */
  readonly platform?: ClientPlatform;
  /** Default: silent. */
  readonly log?: Log;
  /** How long a connection may take to open, in milliseconds. Default: 10,000. */
  readonly connectTimeoutMs?: number;
}

/** A cluster that producers, consumers and admins are made for. It holds nothing open itself. */
export interface Client {
  producer(options?: ProducerOptions): Producer;
  consumer(options?: ConsumerOptions): Consumer;
  admin(options?: AdminOptions): Admin;
}

/**
 * Makes a client of a Kafka cluster. Nothing is connected until something is asked for.
 *
 * @throws {RangeError} When `brokers` names no address.
 * @example Send and read
 * ```ts
 * const client = createClient({ brokers: 'localhost:9092' });
 * await using producer = client.producer();
 * await producer.send({ topic: 'orders', messages: [{ key: '1', value: 'two apples' }] });
 *
 * await using consumer = client.consumer({ groupId: 'shop', autoOffsetReset: 'earliest' });
 * consumer.subscribe({ topics: ['orders'] });
 * for await (const message of consumer.stream()) console.log(String(message.value));
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const {
    brokers,
    clientId = 'nagare',
    platform = nodePlatform(),
    log = silentLog,
    connectTimeoutMs = 10_000,
  } = options;
  if (typeof brokers === 'string' || Array.isArray(brokers)) parseAddresses(brokers);
  const context: ClientContext = Object.freeze({ brokers, clientId, platform, log, connectTimeoutMs });
  return Object.freeze({
    producer: (producerOptions = {}) => new KafkaProducer(context, producerOptions),
    consumer: (consumerOptions = {}) => new KafkaConsumer(context, consumerOptions),
    admin: (adminOptions = {}) => createAdmin(context, adminOptions),
  } satisfies Client);
}
