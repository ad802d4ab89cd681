import { partitionForKey } from '@nagare/client';
import type { OutputRecord } from '../../core/output.ts';
import type { CommitOffset } from '../../core/task-commit.ts';
import { planPartitions, taskCount } from '../../topology/copartition.ts';
import { changelogTopic, topicNames } from '../../topology/names.ts';
import type { Topology } from '../../topology/topology.ts';
import { PartitionLog } from './partition-log.ts';
import type { TestTransaction } from './test-transaction.ts';

export interface ClusterTopicsOptions {
  readonly applicationId: string;
  /** Partitions of each topic that is not the application's own. */
  readonly partitions: number;
  /** Partitions of single topics that have another number. */
  readonly partitionsOf: Readonly<Record<string, number>>;
}

/** A record to be written; without a partition its `partitionBy` chooses one. */
export type WrittenRecord = Omit<OutputRecord, 'partition' | 'partitionBy'> &
  Partial<Pick<OutputRecord, 'partition' | 'partitionBy'>>;

/** The topics of a test, by their real names, and what the application has committed. */
export class ClusterTopics {
  /** The real name of a topic that the topology names. */
  readonly realName: (name: string) => string;
  /** Partitions of the topics that the topology reads or keeps, by real names. */
  readonly counts: ReadonlyMap<string, number>;
  readonly #options: ClusterTopicsOptions;
  readonly #topics = new Map<string, readonly PartitionLog[]>();
  readonly #committed = new Map<string, CommitOffset>();
  /** How many records without a key were written to a topic: they go round its partitions. */
  readonly #turns = new Map<string, number>();

  /** @throws {StreamsError} `NAGARE_STREAMS_NOT_COPARTITIONED` when topics that are joined have not equally many partitions. */
  constructor(topology: Topology, options: ClusterTopicsOptions) {
    this.#options = options;
    for (const [topic, count] of Object.entries({ partitions: options.partitions, ...options.partitionsOf })) {
      if (!Number.isSafeInteger(count) || count < 1) {
        throw new RangeError(`${topic} must be a number of partitions, 1 or more, got ${count}`);
      }
    }
    const { applicationId } = options;
    this.realName = topicNames(applicationId, topology.repartitionTopics);
    this.counts = countPartitions(topology, {
      applicationId,
      realName: this.realName,
      countOf: (topic) => this.#given(topic),
    });
  }

  /** The partitions of a topic. It is made when it is first asked for. */
  logsOf(topic: string): readonly PartitionLog[] {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const logs = Array.from({ length: this.counts.get(topic) ?? this.#given(topic) }, () => new PartitionLog());
    this.#topics.set(topic, logs);
    return logs;
  }

  /** @throws {RangeError} When the topic has no such partition. */
  log(topic: string, partition: number): PartitionLog {
    const logs = this.logsOf(topic);
    const log = logs[partition];
    if (log !== undefined) return log;
    throw new RangeError(`${topic} has partitions from 0 to ${logs.length - 1}, not ${partition}`);
  }

  /** Writes a record to the partition that it says or that its key chooses, and returns the offset behind it. */
  write(record: WrittenRecord, transaction?: TestTransaction): number {
    return this.log(record.topic, record.partition ?? this.#choose(record)).append(record, transaction) + 1;
  }

  /** The names of the topics that something was written to. */
  get written(): string[] {
    const hasRecords = (logs: readonly PartitionLog[]) => logs.some((log) => log.endFor('read_uncommitted') > 0);
    return [...this.#topics].flatMap(([name, logs]) => (hasRecords(logs) ? [name] : []));
  }

  commit(offset: CommitOffset): void {
    this.#committed.set(`${offset.partition} ${offset.topic}`, offset);
  }

  committed(topic: string, partition: number): CommitOffset | undefined {
    return this.#committed.get(`${partition} ${topic}`);
  }

  #given(topic: string): number {
    return this.#options.partitionsOf[topic] ?? this.#options.partitions;
  }

  #choose({ topic, partitionBy = null }: WrittenRecord): number {
    const count = this.logsOf(topic).length;
    if (partitionBy !== null) return partitionForKey(partitionBy, count);
    const turn = this.#turns.get(topic) ?? 0;
    this.#turns.set(topic, turn + 1);
    return turn % count;
  }
}

/** Decides the partitions of everything that an application reads or keeps, as it does when it starts. */
function countPartitions(
  topology: Topology,
  names: {
    readonly applicationId: string;
    readonly realName: (name: string) => string;
    readonly countOf: (topic: string) => number;
  },
): Map<string, number> {
  const { applicationId, realName, countOf } = names;
  const own = new Set(topology.repartitionTopics.map(({ name }) => name));
  const sources = topology.subTopologies.flatMap((part) => part.sources.flatMap(({ topics }) => topics));
  const globals = topology.globalTables.map(({ topic }) => topic);
  const given = [...sources, ...globals].filter((topic) => !own.has(topic));
  const known = new Map(given.map((topic) => [topic, countOf(topic)]));
  for (const [name, count] of planPartitions(topology, known)) known.set(name, count);
  const counts = new Map([...known].map(([name, count]) => [realName(name), count]));
  for (const part of topology.subTopologies) {
    const tasks = taskCount(part, known) ?? 0;
    for (const { name } of part.stores) counts.set(changelogTopic(applicationId, name), tasks);
  }
  return counts;
}
