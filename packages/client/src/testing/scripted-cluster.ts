import type { Connection, Platform } from '@nagare/base';
import {
  type Api,
  apiOf,
  apis,
  codecOf,
  type ErrorName,
  errorCode,
  type Fields,
  FrameReader,
  finishRequestHeader,
  frameOf,
  producerEpoch,
  producerId,
  Reader,
  readRequestHeader,
  type StructDraft,
  type StructValue,
  Writer,
  writeResponseHeader,
} from '@nagare/protocol';
import { type FetchRow, ScriptedFetchSessions, topicIdOf } from './scripted-fetch-sessions.ts';
import { ScriptedGroup } from './scripted-group.ts';
import { ScriptedPartition } from './scripted-partition.ts';
import { ScriptedTransactions } from './scripted-transactions.ts';

export interface ScriptedClusterOptions {
  readonly platform: Pick<Platform, 'clock' | 'timers' | 'network'>;
  readonly brokers?: number;
  readonly topics: Readonly<Record<string, number>>;
}

/**
 * What a test does to a request: an answer of its own, the connection dropped before or after the broker acts, a delay
 * before it acts (even if the connection is gone by then), or nothing.
 */
export type Interference =
  | 'drop-before'
  | 'drop-after'
  | { readonly errorCode: number }
  | { readonly delayMs: number }
  | undefined;

// biome-ignore lint/suspicious/noExplicitAny: the handlers of all APIs stand in one table
type Handler = (request: any, nodeId: number) => any;

/** Brokers that do what the client's tests need, and fail as these tell them to. */
export class ScriptedCluster {
  readonly partitions = new Map<string, ScriptedPartition[]>();
  readonly groups = new Map<string, ScriptedGroup>();
  readonly commits = new Map<string, number>();
  readonly requests: { readonly api: string; readonly version: number; readonly nodeId: number }[] = [];
  interfere: (api: string, nodeId: number) => Interference = () => undefined;
  readonly transactions = new ScriptedTransactions(this.commits, () => this.#newProducerId());
  readonly fetchSessions = new ScriptedFetchSessions((topicId) =>
    [...this.partitions.keys()].find((topic) => topicIdOf(topic) === topicId),
  );
  /** The newest version of ApiVersions that the brokers speak. */
  apiVersionsMax = 4;
  readonly #platform: ScriptedClusterOptions['platform'];
  readonly #ports: number[] = [];
  #producerIds = 1000;

  private constructor(options: ScriptedClusterOptions) {
    this.#platform = options.platform;
    const brokers = options.brokers ?? 1;
    for (const [topic, count] of Object.entries(options.topics)) {
      this.partitions.set(
        topic,
        Array.from({ length: count }, (_, index) => new ScriptedPartition((index % brokers) + 1)),
      );
    }
  }

  static async start(options: ScriptedClusterOptions): Promise<ScriptedCluster> {
    const cluster = new ScriptedCluster(options);
    for (let nodeId = 1; nodeId <= (options.brokers ?? 1); nodeId++) {
      const address = { host: '127.0.0.1', port: 0 };
      const listener = await options.platform.network.listen(address, (connection) =>
        cluster.#serve(connection, nodeId),
      );
      cluster.#ports.push(listener.address.port);
    }
    return cluster;
  }

  /** The time of the brokers. */
  get platformTimers(): Platform['timers'] {
    return this.#platform.timers;
  }

  get bootstrapServers(): string {
    return this.#ports.map((port) => `127.0.0.1:${port}`).join(',');
  }

  partition(topic: string, partition: number): ScriptedPartition {
    return this.partitions.get(topic)?.[partition] as ScriptedPartition;
  }

  #serve(connection: Connection, nodeId: number): void {
    const frames = new FrameReader(2 ** 27);
    let isOpen = true;
    let last: Promise<void> = Promise.resolve();
    connection.onEvent = (event) => {
      if (event.type === 'close') isOpen = false;
      if (event.type !== 'data') return;
      frames.push(event.chunk);
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
        const request = frame;
        last = last.then(async () => {
          // What was read before the connection broke may still be acted on, as brokers do, or not.
          if (isOpen || this.requests.length % 2 === 0) await this.#answer(connection, request, nodeId);
        });
      }
    };
  }

  async #answer(connection: Connection, frame: Buffer, nodeId: number): Promise<void> {
    const reader = new Reader(frame);
    const header = readRequestHeader(reader);
    const api = apiOf(header.apiKey) as Api;
    const { apiVersion: version, correlationId } = header;
    this.requests.push({ api: api.name, version, nodeId });
    if (api.key === apis.apiVersions.key && version > this.apiVersionsMax) {
      const apiKeys = [{ apiKey: api.key, minVersion: 0, maxVersion: this.apiVersionsMax }];
      return respond(connection, apis.apiVersions, 0, correlationId, { errorCode: 35, apiKeys });
    }
    finishRequestHeader(reader, api, version);
    const request = codecOf(api.request, version).read(reader);
    const interference = this.interfere(api.name, nodeId);
    if (interference === 'drop-before') return connection.destroy();
    const forced = typeof interference === 'object' && 'errorCode' in interference ? interference.errorCode : undefined;
    if (typeof interference === 'object' && 'delayMs' in interference) await this.#delay(interference.delayMs);
    const handler = this.#handlers[api.name];
    if (handler === undefined) throw new Error(`The scripted broker has no ${api.name}`);
    const answer = await handler({ ...request, forced, version }, nodeId);
    if (interference === 'drop-after') return connection.destroy();
    if (answer !== undefined) respond(connection, api, version, correlationId, answer);
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    ApiVersions: () => ({
      errorCode: 0,
      apiKeys: Object.values(apis).map(({ key, versions }) => ({
        apiKey: key,
        minVersion: versions.min,
        maxVersion: versions.max,
      })),
      finalizedFeaturesEpoch: 0,
      finalizedFeatures: [
        { name: 'transaction.version', minVersionLevel: 0, maxVersionLevel: this.transactions.version },
      ],
    }),
    Metadata: (request: StructValue<typeof apis.metadata.request.fields>) => this.#metadata(request),
    InitProducerId: (request) => {
      if (request.forced !== undefined) return { errorCode: request.forced, producerEpoch: -1 };
      if (request.transactionalId !== null) return this.transactions.init(request);
      return { errorCode: 0, producerId: this.#newProducerId(), producerEpoch: 0 };
    },
    AddPartitionsToTxn: (request) => this.#addPartitions(request),
    AddOffsetsToTxn: (request) => ({
      errorCode: request.forced ?? errorCode[this.transactions.add(request, { groupId: request.groupId })],
    }),
    TxnOffsetCommit: (request) => this.#stageOffsets(request),
    EndTxn: (request) =>
      request.forced === undefined
        ? this.transactions.end(request, request.version)
        : { errorCode: request.forced, producerId: -1, producerEpoch: -1 },
    Produce: (request, nodeId) => this.#produce(request, nodeId),
    Fetch: (request, nodeId) => this.#fetch(request, nodeId),
    ListOffsets: (request) => this.#listOffsets(request),
    FindCoordinator: () => {
      const node = { nodeId: 1, host: '127.0.0.1', port: this.#ports[0] as number, errorCode: 0 };
      return { ...node, coordinators: [{ ...node, key: '', errorMessage: null }], errorMessage: null };
    },
    JoinGroup: (request) => this.#group(request.groupId).join(request),
    SyncGroup: (request) => this.#group(request.groupId).sync(request),
    Heartbeat: (request) => ({ errorCode: request.forced ?? this.#group(request.groupId).heartbeat(request) }),
    LeaveGroup: (request) => this.#group(request.groupId).leave(request),
    OffsetCommit: (request) => this.#commit(request),
    OffsetFetch: (request) => this.#fetchOffsets(request),
  };

  #newProducerId(): number {
    this.#producerIds += 1;
    return this.#producerIds;
  }

  #delay(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#platform.timers.after(delayMs, resolve));
  }

  #addPartitions(request: StructValue<typeof apis.addPartitionsToTxn.request.fields> & { forced?: number }) {
    const sender = {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
    };
    const named = request.v3AndBelowTopics;
    const partitions = named.flatMap((topic) => topic.partitions.map((index) => this.partition(topic.name, index)));
    const code = request.forced ?? errorCode[this.transactions.add(sender, { partitions })];
    const rowsOf = (indexes: readonly number[]) =>
      indexes.map((partitionIndex) => ({ partitionIndex, partitionErrorCode: code }));
    return {
      resultsByTopicV3AndBelow: named.map((topic) => ({
        name: topic.name,
        resultsByPartition: rowsOf(topic.partitions),
      })),
    };
  }

  #stageOffsets(
    request: StructValue<typeof apis.txnOffsetCommit.request.fields> & { forced?: number; version: number },
  ) {
    const isMember = request.generationIdOrMemberEpoch >= 0;
    const refused = isMember ? this.#group(request.groupId).check(request, request.generationIdOrMemberEpoch) : 0;
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, committedOffset }) => {
          const key = `${request.groupId} ${name} ${partitionIndex}`;
          const staged = () => errorCode[this.transactions.stage(request, key, committedOffset, request.version >= 5)];
          return { partitionIndex, errorCode: request.forced ?? (refused || staged()) };
        }),
      })),
    };
  }

  #group(groupId: string): ScriptedGroup {
    let group = this.groups.get(groupId);
    if (group === undefined) {
      group = new ScriptedGroup(this.#platform.timers);
      this.groups.set(groupId, group);
    }
    return group;
  }

  #metadata(request: { readonly topics: readonly { readonly name: string | null }[] | null }) {
    const names = request.topics?.map(({ name }) => name ?? '') ?? [...this.partitions.keys()];
    return {
      brokers: this.#ports.map((port, index) => ({ nodeId: index + 1, host: '127.0.0.1', port })),
      controllerId: 1,
      clusterId: 'scripted',
      topics: names.map((name) => ({
        errorCode: this.partitions.has(name) ? 0 : errorCode.UNKNOWN_TOPIC_OR_PARTITION,
        name,
        topicId: topicIdOf(name),
        partitions: (this.partitions.get(name) ?? []).map(({ leader, leaderEpoch }, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: leader,
          leaderEpoch,
          replicaNodes: [leader],
          isrNodes: [leader],
        })),
      })),
    };
  }

  #produce(
    request: StructValue<typeof apis.produce.request.fields> & { forced?: number; version: number },
    nodeId: number,
  ) {
    const responses = request.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index, records }) => {
        const partition = this.partitions.get(name)?.[index];
        if (request.forced !== undefined) return { index, errorCode: request.forced, baseOffset: -1 };
        if (partition?.leader !== nodeId) return { index, errorCode: errorCode.NOT_LEADER_OR_FOLLOWER, baseOffset: -1 };
        const error = this.#verify(request, partition, records as Buffer);
        if (error !== 'NONE') return { index, errorCode: errorCode[error], baseOffset: -1 };
        return { index, ...partition.append(records as Buffer) };
      }),
    }));
    return request.acks === 0 ? undefined : { responses };
  }

  #verify(
    request: { readonly transactionalId: string | null; readonly version: number },
    partition: ScriptedPartition,
    records: Buffer,
  ): ErrorName {
    const { transactionalId } = request;
    if (transactionalId === null) return 'NONE';
    const sender = { transactionalId, producerId: producerId(records), producerEpoch: producerEpoch(records) };
    return this.transactions.verify(sender, partition, request.version >= 12);
  }

  async #fetch(
    request: StructValue<typeof apis.fetch.request.fields> & { forced?: number; version: number },
    nodeId: number,
  ) {
    const session = this.fetchSessions.enter(request);
    if (typeof session === 'string') return { errorCode: errorCode[session], responses: [] };
    const deadlineMs = this.#platform.clock.monotonicMs() + request.maxWaitMs;
    for (;;) {
      const rows = session.rows.map((row) => ({ row, answer: this.#read(request, row, nodeId) }));
      const news = rows.filter(({ answer }) => answer.errorCode !== 0 || (answer.records?.length ?? 0) > 0);
      if (news.length > 0 || this.#platform.clock.monotonicMs() >= deadlineMs) {
        const told = session.isIncremental ? news : rows;
        const responses = told.map(({ row: { topic }, answer }) => ({
          ...{ topic, topicId: topicIdOf(topic), partitions: [answer] },
        }));
        return { errorCode: 0, sessionId: session.id, responses };
      }
      await this.#delay(5);
    }
  }

  #read(
    request: { readonly isolationLevel: number; readonly forced?: number },
    { topic, partition: partitionIndex, fetchOffset, partitionMaxBytes }: FetchRow,
    nodeId: number,
  ) {
    const partition = this.partitions.get(topic)?.[partitionIndex];
    const none = { partitionIndex, highWatermark: -1, abortedTransactions: null, records: null };
    if (request.forced !== undefined) return { ...none, errorCode: request.forced };
    if (partition?.leader !== nodeId) return { ...none, errorCode: errorCode.NOT_LEADER_OR_FOLLOWER };
    if (fetchOffset > partition.endOffset || fetchOffset < partition.logStartOffset) {
      return { ...none, errorCode: errorCode.OFFSET_OUT_OF_RANGE };
    }
    const isCommittedOnly = request.isolationLevel === 1;
    const end = isCommittedOnly ? partition.stableOffset : partition.endOffset;
    return {
      ...none,
      errorCode: 0,
      highWatermark: partition.endOffset,
      lastStableOffset: partition.stableOffset,
      abortedTransactions: isCommittedOnly ? partition.abortedFrom(fetchOffset) : null,
      records: partition.read(fetchOffset, partitionMaxBytes, end),
    };
  }

  #listOffsets(request: StructValue<typeof apis.listOffsets.request.fields>) {
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          const partition = this.partition(name, partitionIndex);
          const end = request.isolationLevel === 1 ? partition.stableOffset : partition.endOffset;
          const offset = timestamp === -2 ? partition.logStartOffset : end;
          return { partitionIndex, errorCode: 0, timestamp: -1, offset };
        }),
      })),
    };
  }

  #commit(request: StructValue<typeof apis.offsetCommit.request.fields> & { forced?: number }) {
    const isMember = request.generationIdOrMemberEpoch >= 0;
    const error =
      request.forced ?? (isMember ? this.#group(request.groupId).check(request, request.generationIdOrMemberEpoch) : 0);
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, committedOffset }) => {
          if (error === 0) this.commits.set(`${request.groupId} ${name} ${partitionIndex}`, committedOffset);
          return { partitionIndex, errorCode: error };
        }),
      })),
    };
  }

  #fetchOffsets(request: StructValue<typeof apis.offsetFetch.request.fields>) {
    const [group] = request.groups;
    const topics = (group?.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: this.commits.get(`${group?.groupId} ${name} ${partitionIndex}`) ?? -1,
        metadata: '',
        errorCode: 0,
      })),
    }));
    return { groups: [{ groupId: group?.groupId ?? '', topics, errorCode: 0 }] };
  }
}

function respond<Q extends Fields, R extends Fields>(
  connection: Connection,
  api: Api<Q, R>,
  version: number,
  correlationId: number,
  answer: StructDraft<R>,
): void {
  const writer = new Writer();
  writeResponseHeader(writer, api as unknown as Api, version, correlationId);
  codecOf(api.response, version).write(writer, answer);
  connection.write(frameOf(writer.chunks()));
}
