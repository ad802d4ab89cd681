import { createSimulation, type Simulation } from '@nagare/base/sim';
import type { BrokerOptions } from '@nagare/broker';
import { type Client, createClient, type TopicPartition } from '@nagare/client';
import type { FaultKind } from '../faults/fault.ts';
import type { Key } from '../history/event.ts';
import { History } from '../history/history.ts';
import type { Plan } from '../run/plan.ts';
import { BrokerNode } from './broker-node.ts';
import { type ClientBody, ClientNode } from './client-node.ts';
import { Weather } from './conditions.ts';

const brokerPort = 9_092;

/** The key of a record, and whether the record deletes what was under it. */
export interface RecordName {
  readonly name: string;
  readonly isTombstone: boolean;
}

/** A simulated machine room: brokers, clients, what goes wrong with them, and what they did. */
export class World {
  readonly plan: Plan;
  readonly sim: Simulation;
  readonly history: History;
  /** A cluster has several; each is on a machine of its own. */
  readonly brokers: readonly BrokerNode[];
  readonly weather: Weather;
  readonly clients: ClientNode[] = [];
  /** How many faults of each kind happened. */
  readonly faultCounts = new Map<FaultKind, number>();
  /** The partitions that keys stand for. */
  readonly partitions: TopicPartition[] = [];
  /** What scenarios keep of records beside the history, by value. */
  readonly notes = new Map<number, unknown>();
  /** How records are named that hold a value and go to a partition. Default: not at all. */
  nameOf: ((value: number, key: Key) => RecordName) | undefined;
  /** Keys whose topics were deleted, or are about to be. */
  readonly gone = new Set<Key>();
  /** From here on nothing goes wrong any more. */
  isHealed = false;
  #lastValue = 0;
  #helpers = 0;

  constructor(
    plan: Plan,
    options: { readonly broker: Omit<BrokerOptions, 'platform' | 'listen'>; readonly trace?: (line: string) => void },
  ) {
    this.plan = plan;
    this.sim = createSimulation({ seed: plan.seed, ...(options.trace === undefined ? {} : { trace: options.trace }) });
    this.history = new History(() => this.sim.elapsedMs);
    this.brokers = [new BrokerNode({ sim: this.sim, name: 'broker', port: brokerPort, options: options.broker })];
    this.weather = new Weather(this.sim, this.broker);
  }

  /** The first broker; the only one outside a cluster. */
  get broker(): BrokerNode {
    return this.brokers[0] as BrokerNode;
  }

  /** A number that no record of this run holds yet. */
  newValue(): number {
    this.#lastValue += 1;
    return this.#lastValue;
  }

  /** The key that stands for a partition from now on. */
  keyOf({ topic, partition }: TopicPartition): Key {
    const known = this.partitions.findIndex((each) => each.topic === topic && each.partition === partition);
    return known >= 0 ? known : this.partitions.push({ topic, partition }) - 1;
  }

  partitionOf(key: Key): TopicPartition {
    return this.partitions[key] as TopicPartition;
  }

  /** Ends all that is wrong: what is down comes up, what was cut off is joined, fenced logs are opened again. */
  heal(): void {
    this.isHealed = true;
    this.weather.clear();
    this.sim.network.release();
    const { broker } = this;
    const { disk, clock } = broker.platform;
    disk.faults.bytesMax = Number.POSITIVE_INFINITY;
    disk.forgetFailures();
    clock.run(1);
    broker.platform.resume();
    broker.hasten();
    for (const client of this.clients) client.resume();
    const hadDiskFaults = this.faultCounts.has('disk-error') || this.faultCounts.has('disk-full');
    if (hadDiskFaults && broker.isUp) broker.end({ ending: 'crash', downMs: 50 });
  }

  /** A client on a machine to which nothing happens by itself. */
  helper(): Client {
    this.#helpers += 1;
    const platform = this.sim.platform(`helper-${this.#helpers}`);
    return createClient({ brokers: this.broker.bootstrap, clientId: 'helper', platform, connectTimeoutMs: 2_000 });
  }

  startClients(bodyOf: (role: string) => ClientBody): void {
    for (const plan of this.plan.clients) {
      const node = new ClientNode(plan, {
        sim: this.sim,
        bootstrap: this.broker.bootstrap,
        body: bodyOf(plan.role),
      });
      this.clients.push(node);
      node.start();
    }
  }
}
