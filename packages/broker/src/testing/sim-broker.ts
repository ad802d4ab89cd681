import { type Disk, DiskError } from '@nagare/base';
import { createSimulation, type SimPlatform, type Simulation } from '@nagare/base/sim';
import { type Api, apis, type RequestDraftOf, type ResponseOf, readRecords, splitBatches } from '@nagare/protocol';
import type { SettingValue } from '../config/setting.ts';
import { type Broker, createBroker } from '../create-broker.ts';
import { batchOf } from './test-broker.ts';
import { WireClient } from './wire-client.ts';

export const dataDirectory = '/data';
const address = { host: 'broker', port: 9092 };

export interface SimBrokerOptions {
  readonly durability?: 'fsync' | 'os';
  readonly settings?: Readonly<Record<string, SettingValue>>;
}

/** A broker on a simulated disk, in virtual time, with one open connection: it can die and start again. */
export class SimBroker {
  readonly sim: Simulation;
  readonly #options: SimBrokerOptions;
  broker!: Broker;
  client!: WireClient;
  /** Decides which operations of the disk fail, by their method and path; for one start on. */
  fails: (method: string, path: string) => boolean = () => false;

  private constructor(sim: Simulation, options: SimBrokerOptions) {
    this.sim = sim;
    this.#options = options;
  }

  static async start(options: SimBrokerOptions = {}): Promise<SimBroker> {
    const broker = new SimBroker(createSimulation({ seed: 11 }), options);
    await broker.start();
    return broker;
  }

  /** Where the broker runs: its clock, its disk and its death. */
  get node(): SimPlatform {
    return this.sim.platform(address.host);
  }

  /** Starts the broker, again on the same disk if there was one before. */
  async start(): Promise<void> {
    const { durability = 'fsync', settings = {} } = this.#options;
    const { clock, timers, random, network } = this.node;
    const platform = { clock, timers, random, network, disk: failing(this.node.disk, this.fails) };
    const options = { platform, listen: address, directory: dataDirectory, durability, settings };
    this.broker = await this.sim.complete(createBroker(options));
    this.client = await this.connect();
  }

  /** Kills the broker and starts it again. */
  async restart(): Promise<void> {
    this.node.crash();
    await this.start();
  }

  stop(): Promise<void> {
    return this.sim.complete(this.broker.stop());
  }

  /** One more connection. */
  connect(name = 'client'): Promise<WireClient> {
    return this.sim.complete(WireClient.connect(this.sim.platform(name).network, address));
  }

  ask<A extends Api>(api: A, version: number, body: RequestDraftOf<A>): Promise<ResponseOf<A>> {
    return this.sim.complete(this.client.request(api, version, body), { simMsMax: 120_000 });
  }

  /** Creates a topic of one partition and gives its id. */
  async createTopic(name: string, configs: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: configsOf(configs) };
    const { topics } = await this.ask(apis.createTopics, 7, { timeoutMs: 1_000, topics: [topic] });
    return topics[0]?.topicId ?? '';
  }

  async deleteTopic(name: string): Promise<number> {
    const { responses } = await this.ask(apis.deleteTopics, 6, { timeoutMs: 1_000, topics: [{ name }] });
    return responses[0]?.errorCode ?? -1;
  }

  /** Appends a batch and gives the error code of its partition. */
  async produce(topic: string, records: readonly string[] | Buffer, acks = -1): Promise<number> {
    const { errorCode } = await this.produceTo(topic, records, acks);
    return errorCode;
  }

  async produceTo(topic: string, records: readonly string[] | Buffer, acks = -1) {
    const { responses } = await this.ask(apis.produce, 9, produceRequest(topic, records, { acks, sim: this.sim }));
    return responses[0]!.partitionResponses[0]!;
  }

  /** The values of a topic from an offset on, as one fetch gives them. */
  async read(topic: string, offset = 0) {
    const { responses } = await this.ask(apis.fetch, 11, fetchRequest(topic, offset));
    const partition = responses[0]?.partitions[0];
    const batches = splitBatches(partition?.records ?? Buffer.alloc(0));
    const records = batches.flatMap((batch) => readRecords(batch));
    const values = records.map(({ value }) => String(value));
    return { values, records, errorCode: partition?.errorCode, logStartOffset: partition?.logStartOffset };
  }
}

/** A disk of which single operations fail. */
function failing(disk: Disk, fails: (method: string, path: string) => boolean): Disk {
  return new Proxy(disk, {
    get(target, method: keyof Disk) {
      return (path: string, ...rest: unknown[]) => {
        if (fails(method, path))
          return Promise.reject(new DiskError('EIO', path, `Cannot ${method} ${path} (planned)`));
        return (target[method] as (...args: unknown[]) => unknown)(path, ...rest);
      };
    },
  });
}

/** A Fetch of one partition that does not wait, unless it is told to. */
export function fetchRequest(topic: string, offset: number, waitMs = 0): RequestDraftOf<typeof apis.fetch> {
  return {
    ...{ maxWaitMs: waitMs, minBytes: 1 },
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 1_000_000 }] }],
  };
}

/** A Produce to one partition. Values become records of the virtual time. */
export function produceRequest(
  topic: string,
  records: readonly string[] | Buffer,
  { acks = -1, sim }: { readonly acks?: number; readonly sim: Simulation },
): RequestDraftOf<typeof apis.produce> {
  const timestampMs = sim.platform(address.host).clock.nowMs();
  const batch = Buffer.isBuffer(records) ? records : batchOf(records as readonly string[], { timestampMs });
  return {
    ...{ acks, timeoutMs: 1_000 },
    topicData: [{ name: topic, partitionData: [{ index: 0, records: batch }] }],
  };
}

/** Configs as requests carry them. */
export function configsOf(configs: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(configs).map(([name, value]) => ({ name, value }));
}
