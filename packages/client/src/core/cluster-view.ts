import type { Address } from '@nagare/base';
import { type apis, errorCode, type ResponseOf } from '@nagare/protocol';

type MetadataAnswer = ResponseOf<typeof apis.metadata>;
type TopicAnswer = MetadataAnswer['topics'][number];
type PartitionAnswer = TopicAnswer['partitions'][number];

export interface BrokerView extends Address {
  readonly nodeId: number;
  readonly rack: string | null;
}

export interface PartitionView {
  readonly partition: number;
  /** The broker that leads it, or -1. */
  readonly leader: number;
  readonly leaderEpoch: number;
}

export interface TopicView {
  readonly topic: string;
  readonly topicId: string;
  readonly isInternal: boolean;
  /** By partition number. */
  readonly partitions: readonly PartitionView[];
}

/** How old the view may get before it is asked for again, in milliseconds. */
const ageMsMax = 300_000;
/** The same while a wanted topic is missing or has no leaders yet: it may have just been created. */
const incompleteAgeMsMax = 500;

/** What is known of the cluster: brokers, topics and leaders, from the answers to Metadata requests. */
export class ClusterView {
  #brokers = new Map<number, BrokerView>();
  readonly #topics = new Map<string, TopicView>();
  readonly #errors = new Map<string, number>();
  readonly #wanted = new Set<string>();
  #staleAtMs = 0;
  #version = 0;
  #controller = -1;
  #clusterId: string | null = null;

  get brokers(): ReadonlyMap<number, BrokerView> {
    return this.#brokers;
  }

  get controller(): number {
    return this.#controller;
  }

  get clusterId(): string | null {
    return this.#clusterId;
  }

  /** Rises with each answer that was taken in. */
  get version(): number {
    return this.#version;
  }

  /** The topics that Metadata is asked for. */
  get wanted(): readonly string[] {
    return [...this.#wanted];
  }

  /** Asks for a topic from now on. True when nothing is known of it yet. */
  want(topic: string): boolean {
    this.#wanted.add(topic);
    return !this.#topics.has(topic);
  }

  /** Stops asking for all topics but these. */
  wantOnly(topics: Iterable<string>): void {
    this.#wanted.clear();
    for (const topic of topics) this.#wanted.add(topic);
  }

  topic(name: string): TopicView | undefined {
    return this.#topics.get(name);
  }

  /** The error that the last answer had for a topic, or 0. */
  errorOf(topic: string): number {
    return this.#errors.get(topic) ?? 0;
  }

  /** The leader of a partition, or undefined when it is not known or there is none. */
  leaderOf(topic: string, partition: number): PartitionView | undefined {
    const view = this.#topics.get(topic)?.partitions[partition];
    return view === undefined || view.leader < 0 || !this.#brokers.has(view.leader) ? undefined : view;
  }

  isStale(nowMs: number): boolean {
    return nowMs >= this.#staleAtMs;
  }

  /** Makes the view stale, because an answer showed that it is wrong. */
  expire(): void {
    this.#staleAtMs = 0;
  }

  /** Takes in an answer. Topics that it names replace what was known of them; others stay. */
  apply(answer: MetadataAnswer, nowMs: number): void {
    this.#brokers = new Map(answer.brokers.map((broker) => [broker.nodeId, broker]));
    this.#controller = answer.controllerId;
    this.#clusterId = answer.clusterId;
    for (const topic of answer.topics) this.#applyTopic(topic);
    const isIncomplete = this.wanted.some((topic) => !this.#topics.has(topic));
    this.#staleAtMs = nowMs + (isIncomplete ? incompleteAgeMsMax : ageMsMax);
    this.#version += 1;
  }

  #applyTopic(answer: TopicAnswer): void {
    const name = answer.name;
    if (name === null) return;
    if (answer.errorCode !== 0) {
      this.#errors.set(name, answer.errorCode);
      if (answer.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) this.#topics.delete(name);
      return;
    }
    this.#errors.delete(name);
    const known = this.#topics.get(name);
    const before = known?.topicId === answer.topicId ? known.partitions : [];
    const partitions: PartitionView[] = [];
    for (const partition of answer.partitions) {
      partitions[partition.partitionIndex] = newer(before[partition.partitionIndex], partition);
    }
    for (let index = 0; index < partitions.length; index++) partitions[index] ??= leaderless(index);
    this.#topics.set(name, { topic: name, topicId: answer.topicId, isInternal: answer.isInternal, partitions });
  }
}

/** A broker that lags behind may tell of an older leader than the one that is known: the epoch decides. */
function newer(known: PartitionView | undefined, answer: PartitionAnswer): PartitionView {
  if (known !== undefined && answer.leaderEpoch !== -1 && answer.leaderEpoch < known.leaderEpoch) return known;
  return { partition: answer.partitionIndex, leader: answer.leaderId, leaderEpoch: answer.leaderEpoch };
}

function leaderless(partition: number): PartitionView {
  return { partition, leader: -1, leaderEpoch: -1 };
}
