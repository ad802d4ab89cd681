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
import type { FakeMember } from './fake-group.ts';

/** A consumer of the fake: in its group it gets the share of its process, or what its assignor gives it. */
export class FakeConsumer implements StreamsConsumer {
  readonly #client: FakeClient;
  readonly #isInGroup: boolean;
  readonly #positions = new Map<string, TopicPartitionOffset>();
  readonly #paused = new Set<string>();
  readonly #assignor: ConsumerOptions['assignors'];
  #subscription: Subscription | undefined;
  #member: FakeMember | undefined;

  constructor(client: FakeClient, { groupId, assignors }: ConsumerOptions) {
    this.#client = client;
    this.#isInGroup = groupId !== undefined;
    this.#assignor = assignors;
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#client.share !== 'by-assignor') return;
    if (this.#member === undefined) this.#member = this.#enter(subscription);
    else this.#member.rejoin();
  }

  async unsubscribe(): Promise<void> {
    this.#member?.leave();
    this.#member = undefined;
  }

  assign(partitions: readonly TopicPartition[]): void {
    const names = new Set(partitions.map(nameOf));
    for (const name of this.#positions.keys()) if (!names.has(name)) this.#positions.delete(name);
    for (const at of partitions) {
      if (!this.#positions.has(nameOf(at))) this.#positions.set(nameOf(at), { ...at, offset: 0 });
    }
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

  seekToEnd(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.seek({ ...at, offset: this.#client.cluster.partition(at).records.length });
  }

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

  async close(): Promise<void> {
    const owned = this.#isInGroup ? this.assignment() : [];
    if (owned.length > 0) await (this.#subscription?.listener as RebalanceListener | undefined)?.onRevoked?.(owned);
    this.#member?.leave();
  }

  #enter({ topics, listener }: Subscription): FakeMember {
    const [assignor] = this.#assignor ?? [];
    if (typeof assignor !== 'object') throw new Error('a group of the fake needs an assignor');
    const drop = (partitions: readonly TopicPartition[]) => {
      for (const at of partitions) this.#positions.delete(nameOf(at));
    };
    const member = this.#client.cluster.group.enter(topics, assignor, {
      onRevoked: async (partitions) => {
        await listener?.onRevoked?.(partitions);
        drop(partitions);
      },
      onLost: async (partitions) => {
        await listener?.onLost?.(partitions);
        drop(partitions);
      },
      onAssigned: async (partitions) => {
        this.#begin(partitions);
        await listener?.onAssigned?.(partitions);
      },
    });
    this.#client.member = member;
    return member;
  }

  /** Reads on from what is committed. */
  #begin(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      const offset = this.#client.cluster.committed.get(nameOf(at))?.offset ?? 0;
      this.#positions.set(nameOf(at), { ...at, offset });
    }
  }

  async #join(): Promise<void> {
    const { share } = this.#client;
    if (share === 'by-assignor') return this.#member?.settle();
    if (this.#subscription === undefined || this.#positions.size > 0) return;
    const { topics, listener } = this.#subscription;
    const { index, count } = share;
    const all = topics.flatMap((topic) =>
      (this.#client.cluster.topics.get(topic)?.partitions ?? [])
        .map((_, partition) => ({ topic, partition }))
        .filter(({ partition }) => partition % count === index),
    );
    this.#begin(all);
    await (listener as RebalanceListener | undefined)?.onAssigned?.(all);
  }

  #fetch(): FetchedPartition[] {
    this.#client.check();
    const fetched: FetchedPartition[] = [];
    if (this.#client.isHeldBack && !this.#isInGroup) return fetched;
    for (const [name, { topic, partition, offset }] of this.#positions) {
      const { start, records } = this.#client.cluster.partition({ topic, partition });
      if (this.#paused.has(name) || offset >= records.length) continue;
      // What was asked for may be deleted.
      const from = Math.max(offset, start);
      const next = Math.min(records.length, from + this.#client.cluster.fetchRecordsMax);
      this.#positions.set(name, { topic, partition, offset: next });
      if (!this.#isInGroup) this.#client.reads.push({ topic, partition, from, to: next });
      const ends = { start, next, end: records.length };
      fetched.push(fetchedPartition({ topic, partition }, records.slice(from, next), ends));
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
