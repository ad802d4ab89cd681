import type { TopicPartition } from '@nagare/client';
import type { OffsetReset, Topology } from '../topology/topology.ts';
import type { StreamsConsumer } from './streams-client.ts';

type Seeks = Pick<StreamsConsumer, 'seekToBeginning' | 'seekToEnd'>;

interface OffsetResetOptions {
  /** The real name of a topic that the topology names. */
  readonly topicName: (name: string) => string;
  /** The topics that the application has made for itself, by their real names. */
  readonly ownTopics: ReadonlySet<string>;
  /** What holds for sources that say nothing. */
  readonly usual: OffsetReset;
}

/** Where partitions are read from of which the group has committed nothing. */
export class OffsetResets {
  readonly #ofTopics = new Map<string, OffsetReset>();
  readonly #usual: OffsetReset;

  constructor({ subTopologies }: Topology, { topicName, ownTopics, usual }: OffsetResetOptions) {
    this.#usual = usual;
    for (const { topics, offsetReset } of subTopologies.flatMap(({ sources }) => sources)) {
      if (offsetReset !== undefined) for (const topic of topics) this.#ofTopics.set(topicName(topic), offsetReset);
    }
    // What one task has written before another has read anything must not be passed by.
    for (const topic of ownTopics) this.#ofTopics.set(topic, 'earliest');
  }

  /** Has the consumer begin where its own setting would not. */
  applyOthers(consumer: Seeks, unread: readonly TopicPartition[]): void {
    this.apply(
      consumer,
      unread.filter((each) => this.#of(each) !== this.#usual),
    );
  }

  /** Has the consumer begin to read partitions. */
  apply(consumer: Seeks, unread: readonly TopicPartition[]): void {
    const [first, last]: [TopicPartition[], TopicPartition[]] = [[], []];
    for (const each of unread) (this.#of(each) === 'earliest' ? first : last).push(each);
    if (first.length > 0) consumer.seekToBeginning(first);
    if (last.length > 0) consumer.seekToEnd(last);
  }

  #of({ topic }: TopicPartition): OffsetReset {
    return this.#ofTopics.get(topic) ?? this.#usual;
  }
}
