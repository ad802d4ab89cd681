import type { RawRecord } from '../../record.ts';
import { TestOutputTopic, type TestRecord } from '../test-output-topic.ts';
import type { TopicSerdes } from '../topology-test-driver.ts';
import type { ClusterTopics } from './cluster-topics.ts';
import type { TestIsolation } from './partition-log.ts';

/** A record of a topic, and where it stands. */
export interface TestTopicRecord<K, V> extends TestRecord<K, V> {
  readonly partition: number;
  readonly offset: number;
}

/** Which records of a topic a test reads. */
export interface TestReadOptions {
  /** One partition. Default: all, one after the other. */
  readonly partition?: number;
  /** Whether records of transactions that are open or were aborted are left out. Default: 'read_committed', they are. */
  readonly isolation?: TestIsolation;
}

/** A topic as a test reads it. */
export class TopicReader<K, V> {
  readonly #topics: ClusterTopics;
  readonly #topic: string;
  readonly #options: TopicSerdes<K, V> & TestReadOptions;
  /** The next offset of each partition. */
  readonly #positions = new Map<number, number>();

  /** @throws {RangeError} When the topic has no such partition. */
  constructor(topics: ClusterTopics, topic: string, options: TopicSerdes<K, V> & TestReadOptions) {
    if (options.partition !== undefined) topics.log(topic, options.partition);
    this.#topics = topics;
    this.#topic = topic;
    this.#options = options;
  }

  /** Reads up to `count` records that were not read before. */
  take(count = Number.POSITIVE_INFINITY): TestTopicRecord<K, V>[] {
    const taken = this.#unread().slice(0, count);
    for (const [partition, { offset }] of taken) this.#positions.set(partition, offset + 1);
    const { key, value } = this.#options;
    return taken.map(([partition, raw]) => ({
      ...{ partition, offset: raw.offset, timestamp: raw.timestamp, headers: raw.headers },
      key: key.deserialize(this.#topic, raw.key),
      value: value.deserialize(this.#topic, raw.value),
    }));
  }

  /** The same as an output topic, whose records do not say where they stood. */
  asOutputTopic(): TestOutputTopic<K, V> {
    const take = (count: number) =>
      this.take(count).map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }));
    return new TestOutputTopic(this.#topic, take, () => this.#unread().length);
  }

  #unread(): [partition: number, record: RawRecord][] {
    const { partition: only, isolation = 'read_committed' } = this.#options;
    return this.#topics.logsOf(this.#topic).flatMap((log, partition) => {
      if (only !== undefined && only !== partition) return [];
      const records = log.read(this.#positions.get(partition) ?? 0, isolation);
      return records.map((record): [number, RawRecord] => [partition, record]);
    });
  }
}
