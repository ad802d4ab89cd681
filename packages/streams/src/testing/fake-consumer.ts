import {
  ClientError,
  type CommitOffset,
  type ConsumerOptions,
  type FetchedPartition,
  type RebalanceListener,
  type Subscription,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@nagare/client';
import type { StreamsConsumer } from '../host/streams-client.ts';
import { kafkaError, nameOf } from './fake-answers.ts';
import type { FakeClient } from './fake-cluster.ts';
import { fetchedPartition } from './fake-fetch.ts';

/** A consumer of the fake: in its group it gets the share of its process. */
export class FakeConsumer implements StreamsConsumer {
  readonly #client: FakeClient;
  readonly #isInGroup: boolean;
  readonly #positions = new Map<string, TopicPartitionOffset>();
  readonly #paused = new Set<string>();
  #subscription: Subscription | undefined;

  constructor(client: FakeClient, { groupId }: ConsumerOptions) {
    this.#client = client;
    this.#isInGroup = groupId !== undefined;
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  assign(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#positions.set(nameOf(at), { ...at, offset: 0 });
  }

  async poll({ timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }): Promise<readonly FetchedPartition[]> {
    await this.#join();
    const fetched = this.#fetch();
    if (fetched.length > 0 || timeoutMs === 0 || signal?.aborted) return fetched;
    await this.#wait(timeoutMs, signal);
    return this.#fetch();
  }

  readonly isRebalancing = false;

  assignment(): readonly TopicPartition[] {
    return Array.from(this.#positions.values(), ({ topic, partition }) => ({ topic, partition }));
  }

  seekToBeginning(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.seek({ ...at, offset: this.#client.cluster.partition(at).start });
  }

  seekToEnd(): void {}

  pause(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.add(nameOf(at));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.delete(nameOf(at));
  }

  seek(position: TopicPartitionOffset): void {
    if (!this.#isInGroup) this.#client.cluster.seeks.push(position);
    this.#positions.set(nameOf(position), position);
  }

  position(at: TopicPartition): number | undefined {
    return this.#positions.get(nameOf(at))?.offset;
  }

  lag(at: TopicPartition): number | undefined {
    return this.#client.cluster.partition(at).records.length - (this.position(at) ?? 0);
  }

  async commit(offsets: readonly CommitOffset[] = []): Promise<void> {
    this.#client.check();
    if (this.#client.cluster.refusedCommits > 0) {
      this.#client.cluster.refusedCommits -= 1;
      throw kafkaError('ILLEGAL_GENERATION');
    }
    for (const offset of offsets) this.#client.cluster.committed.set(nameOf(offset), offset);
    this.#client.cluster.changed();
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly (CommitOffset | undefined)[]> {
    const failure = this.#client.cluster.committedFailures.shift();
    if (failure !== undefined) throw new ClientError(failure, 'the test', { retriable: true });
    return partitions.map((at) => this.#client.cluster.committed.get(nameOf(at)));
  }

  groupMetadata() {
    return { groupId: 'group', generationId: 1, memberId: 'member', groupInstanceId: null };
  }

  async close(): Promise<void> {}

  async #join(): Promise<void> {
    if (this.#subscription === undefined || this.#positions.size > 0) return;
    const { topics, listener } = this.#subscription;
    const { index, count } = this.#client.share;
    const all = topics.flatMap((topic) =>
      (this.#client.cluster.topics.get(topic)?.partitions ?? [])
        .map((_, partition) => ({ topic, partition }))
        .filter(({ partition }) => partition % count === index),
    );
    for (const at of all) {
      const offset = this.#client.cluster.committed.get(nameOf(at))?.offset ?? 0;
      this.#positions.set(nameOf(at), { ...at, offset });
    }
    await (listener as RebalanceListener | undefined)?.onAssigned?.(all);
  }

  #fetch(): FetchedPartition[] {
    this.#client.check();
    const fetched: FetchedPartition[] = [];
    for (const [name, { topic, partition, offset }] of this.#positions) {
      const { records } = this.#client.cluster.partition({ topic, partition });
      if (this.#paused.has(name) || offset >= records.length) continue;
      const next = Math.min(records.length, offset + this.#client.cluster.fetchRecordsMax);
      this.#positions.set(name, { topic, partition, offset: next });
      fetched.push(fetchedPartition({ topic, partition }, records.slice(offset, next), { next, end: records.length }));
    }
    return fetched;
  }

  async #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = this.#client.cluster.timers.after(timeoutMs, wake);
      void this.#client.cluster.nextChange().then(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}
