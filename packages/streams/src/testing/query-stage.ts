import { partitionForKey } from '@nagare/client';
import type { StreamsConfig } from '../config.ts';
import { type QueryServer, type ServeQueriesOptions, serveQueries } from '../queries/serve.ts';
import { Streams } from '../streams.ts';
import type { Topology } from '../topology/topology.ts';
import { type FakeClient, FakeCluster } from './fake-cluster.ts';

/** A process of an application whose queries are served. */
export interface QueryMember {
  readonly streams: Streams;
  readonly server: QueryServer;
  readonly client: FakeClient;
}

/** Processes of one application on a fake cluster, which reach each other over loopback. */
export class QueryStage implements AsyncDisposable {
  readonly cluster = new FakeCluster();
  readonly members: QueryMember[] = [];
  readonly #crashed: QueryMember[] = [];
  readonly #topology: () => Topology;
  readonly #topic: string;
  readonly #partitions: number;

  /** @param topology - Made anew for each process, as each would. */
  constructor(
    topology: () => Topology,
    { topic = 'in', partitions = 4 }: { readonly topic?: string; readonly partitions?: number } = {},
  ) {
    this.#topology = topology;
    this.#topic = topic;
    this.#partitions = partitions;
    this.cluster.createTopic(topic, partitions);
  }

  /** Starts one more process. */
  async join(config: Partial<StreamsConfig> = {}, serve: ServeQueriesOptions = {}): Promise<QueryMember> {
    const client = this.cluster.connect('by-assignor');
    const streams = new Streams(this.#topology(), {
      ...{ applicationId: 'app', client, pollMs: 10, commitIntervalMs: 0, statestoreCacheMaxBytes: 0 },
      ...config,
    });
    const member = { streams, server: await serveQueries(streams, serve), client };
    await streams.start();
    this.members.push(member);
    return member;
  }

  /** Ends a process in order. */
  async leave(member: QueryMember): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1);
    await member.streams.close();
    await member.server.close();
  }

  /** Cuts a process off: it is out of the group, and ends when it learns of it. */
  crash(member: QueryMember): void {
    this.members.splice(this.members.indexOf(member), 1);
    this.#crashed.push(member);
    member.client.cut();
  }

  /** Sends a record to the partition that a producer would choose. */
  append(key: string, value: string, timestamp = 0): void {
    this.cluster.append(this.#topic, key, value, timestamp, partitionForKey(Buffer.from(key), this.#partitions));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of [...this.members]) await this.leave(member);
    for (const { server, streams } of this.#crashed) {
      await server.close();
      await streams.close();
    }
  }
}
