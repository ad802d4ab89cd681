import {
  type ErrorName,
  encodeBatch,
  partitionForKey,
  type RecordDraft,
  type RecordHeader,
  zeroUuid,
} from '@nagare/protocol';
import type { BrokerServices } from '../api/context.ts';
import { BrokerError } from '../errors.ts';
import type { PartitionHost } from '../host/partition-host.ts';
import { readPartition, type StoredMessage } from './read-records.ts';

/** The version of Produce whose rules hold for {@link BrokerTopics.append}. */
const produceVersion = 12;

/** What turns the bytes of a record into a value. Every serde of `@nagare/serdes` does. */
export interface Decoder<T> {
  deserialize(topic: string, bytes: Buffer | null): T;
}

/** A record of a topic, decoded. */
export interface TopicRecord<Key = Buffer | null, Value = Buffer | null> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** In milliseconds since 1970. */
  readonly timestampMs: number;
  readonly key: Key;
  readonly value: Value;
  readonly headers: readonly RecordHeader[];
}

export interface ReadOptions<Key, Value> {
  /** What decodes keys. Default: they stay bytes. */
  readonly key?: Decoder<Key>;
  /** What decodes values. Default: they stay bytes. */
  readonly value?: Decoder<Value>;
  /** Default: all partitions, one after the other. */
  readonly partition?: number;
  /** The first offset in each partition. Default: 0, everything that is there. */
  readonly from?: number;
  /** With `read_uncommitted` records of open and aborted transactions come, too. Default: `read_committed`. */
  readonly isolation?: 'read_committed' | 'read_uncommitted';
}

/** A record to append. Text is written as UTF-8. */
export interface NewRecord {
  readonly key?: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  /** In milliseconds since 1970. Default: the broker's time. */
  readonly timestampMs?: number;
  /** Default: chosen by the key as all Kafka clients do; 0 without a key. */
  readonly partition?: number;
}

export interface NewTopicOptions {
  /** Default: the broker's `num.partitions`. */
  readonly partitions?: number;
  /** Settings of the topic by Kafka's names. */
  readonly configs?: Readonly<Record<string, string>>;
}

/** The topics of a broker in this process, without a network between. */
export class BrokerTopics {
  readonly #services: () => BrokerServices;

  constructor(services: () => BrokerServices) {
    this.#services = services;
  }

  /** The names of all topics, sorted; without the broker's own. */
  list(): string[] {
    const topics = [...this.#services().image().topicsByName.values()];
    return topics.flatMap(({ name, isInternal }) => (isInternal ? [] : [name])).sort();
  }

  /**
   * Creates a topic.
   *
   * @throws {BrokerError} NAGARE_BROKER_REFUSED, when it exists or its name or a setting is not valid.
   */
  async create(name: string, { partitions = -1, configs = {} }: NewTopicOptions = {}): Promise<void> {
    const entries = Object.entries(configs).map(([config, value]) => ({ name: config, value }));
    const topic = { name, numPartitions: partitions, replicationFactor: -1, assignments: [], configs: entries };
    for (const { error, message } of await this.#services().controller.createTopics([topic]))
      accept(error, name, message);
  }

  /**
   * Deletes a topic with its records.
   *
   * @throws {BrokerError} NAGARE_BROKER_REFUSED, when there is none.
   */
  async delete(name: string): Promise<void> {
    const results = await this.#services().controller.deleteTopics([{ name, topicId: zeroUuid }]);
    for (const { error, message } of results) accept(error, name, message);
  }

  /**
   * Reads the records of a topic straight from its log: those that are there now, by partition and offset.
   *
   * @throws {BrokerError} NAGARE_BROKER_REFUSED, when there is no such topic or partition.
   * @example
   * ```ts
   * const orders = await broker.topics.read('orders', { key: string, value: json<Order>() });
   * expect(orders.map(({ value }) => value.state)).toEqual(['placed', 'paid']);
   * ```
   */
  async read<Key = Buffer | null, Value = Buffer | null>(
    topic: string,
    options: ReadOptions<Key, Value> = {},
  ): Promise<TopicRecord<Key, Value>[]> {
    const { from = 0, isolation = 'read_committed' } = options;
    const found: TopicRecord<Key, Value>[] = [];
    for (const host of this.#hostsOf(topic, options.partition)) {
      const messages = await readPartition(host, { from, isReadCommitted: isolation === 'read_committed' });
      for (const message of messages) found.push(decoded(topic, message, options));
    }
    return found;
  }

  /**
   * Appends records as a producer with `acks=all` does. The topic is created when there is none.
   *
   * @throws {BrokerError} NAGARE_BROKER_REFUSED with Kafka's name of the error, when they are not taken.
   */
  async append(topic: string, records: readonly NewRecord[]): Promise<void> {
    const { controller, clock } = this.#services();
    const { error, message } = await controller.ensureTopic(topic);
    accept(error, topic, message);
    const hosts = this.#hostsOf(topic);
    const byPartition = new Map<number, RecordDraft[]>();
    for (const record of records) {
      const draft = draftOf(record, clock.nowMs());
      const partition = record.partition ?? (draft.key === null ? 0 : partitionForKey(draft.key, hosts.length));
      const drafts = byPartition.get(partition);
      if (drafts === undefined) byPartition.set(partition, [draft]);
      else drafts.push(draft);
    }
    for (const [partition, drafts] of byPartition) {
      const [host] = this.#hostsOf(topic, partition);
      const outcome = await host!.produce(encodeBatch({}, drafts), { acks: -1, version: produceVersion });
      accept(outcome.error, `${topic}-${partition}`, outcome.message);
    }
  }

  #hostsOf(topic: string, partition?: number): PartitionHost[] {
    const { image, partitions } = this.#services();
    const all = image().topicsByName.get(topic)?.partitions ?? [];
    const hosts = all
      .filter(({ index }) => partition === undefined || index === partition)
      .flatMap(({ index }) => partitions.get(topic, index) ?? []);
    const place = partition === undefined ? topic : `${topic}-${partition}`;
    if (hosts.length === 0) accept('UNKNOWN_TOPIC_OR_PARTITION', place, null);
    return hosts;
  }
}

function accept(error: ErrorName, place: string, message: string | null): void {
  if (error === 'NONE') return;
  throw new BrokerError('NAGARE_BROKER_REFUSED', `${place}: ${error}${message === null ? '' : `, ${message}`}`);
}

function decoded<Key, Value>(
  topic: string,
  message: StoredMessage,
  options: Pick<ReadOptions<Key, Value>, 'key' | 'value'>,
): TopicRecord<Key, Value> {
  const { key, value, ...rest } = message;
  // Without a decoder the type parameters are those of bytes, by their defaults.
  return {
    topic,
    ...rest,
    key: options.key === undefined ? (key as Key) : options.key.deserialize(topic, key),
    value: options.value === undefined ? (value as Value) : options.value.deserialize(topic, value),
  };
}

function draftOf({ key = null, value, headers = {}, timestampMs }: NewRecord, nowMs: number): RecordDraft {
  return {
    timestamp: timestampMs ?? nowMs,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: Object.entries(headers).map(([name, text]) => ({ key: name, value: bytesOf(text) })),
  };
}

function bytesOf(text: string | Buffer | null): Buffer | null {
  return typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
}
