import { type Admin, ClientError } from '@nagare/client';
import type { Step } from '../run/plan.ts';
import type { ClientBody } from '../world/client-node.ts';
import type { World } from '../world/world.ts';
import { messageOf } from './values.ts';

/** What an administrator was told of topics. */
export interface TopicsTold {
  /** Those that must be there in the end, and those that must not. */
  readonly known: Map<string, boolean>;
  /** Those of which a change has not been answered: it may still happen, whatever is answered later. */
  readonly open: Set<string>;
}

/** Creates and deletes topics, adds partitions, changes settings and deletes records, while others work. */
export function administering(world: World, topic: string, told: TopicsTold): ClientBody {
  return async (run) => {
    const administrator = new Administrator(world, run.client.admin({ requestTimeoutMs: 1_000 }), topic, told);
    for (let step = run.next(); step !== undefined; step = run.next()) {
      if (step.do === 'wait') await run.sleep(step.ms ?? 0);
      else await administrator.act(step);
    }
    await administrator.close();
  };
}

class Administrator {
  readonly #world: World;
  readonly #admin: Admin;
  readonly #topic: string;
  readonly #told: TopicsTold;
  #process: number;

  constructor(world: World, admin: Admin, topic: string, told: TopicsTold) {
    this.#world = world;
    this.#admin = admin;
    this.#topic = topic;
    this.#told = told;
    this.#process = world.history.newProcess();
  }

  close(): Promise<void> {
    return this.#admin.close();
  }

  /** Does what a step says. Who does not learn what became of it asks nothing of it in the end. */
  async act(step: Step): Promise<void> {
    try {
      await this.#act(step);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
    }
  }

  async #act({ do: what, count = 0, keys = [] }: Step): Promise<void> {
    switch (what) {
      case 'create':
        return this.#change(`extra-${count}`, true);
      case 'delete':
        return this.#change(`extra-${count}`, false);
      case 'add-partitions':
        return this.#addPartitions();
      case 'delete-records':
        return this.#deleteRecords(keys[0] ?? 0);
      case 'alter':
        return this.#alter(count);
      default:
        throw new RangeError(`An administrator cannot ${what}`);
    }
  }

  async #change(topic: string, isThere: boolean): Promise<void> {
    const { known, open } = this.#told;
    known.delete(topic);
    const isUncertain = open.has(topic);
    open.add(topic);
    try {
      if (isThere) await this.#admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: false });
      else await this.#admin.deleteTopics({ topics: [topic] });
    } catch (error) {
      // Nothing that is not there can be deleted: this one is answered.
      if (!isUncertain && error instanceof ClientError && error.kafka === 'UNKNOWN_TOPIC_OR_PARTITION')
        open.delete(topic);
      throw error;
    }
    if (isUncertain) return;
    open.delete(topic);
    known.set(topic, isThere);
  }

  async #addPartitions(): Promise<void> {
    const [before] = await this.#admin.describeTopics({ topics: [this.#topic] });
    const count = (before?.partitions.length ?? 0) + 1;
    await this.#admin.createPartitions({ topics: [{ topic: this.#topic, count }] });
    const [after] = await this.#admin.describeTopics({ topics: [this.#topic] });
    for (const { partition } of after?.partitions ?? []) this.#world.keyOf({ topic: this.#topic, partition });
  }

  async #deleteRecords(key: number): Promise<void> {
    const partition = this.#world.partitionOf(key);
    const [end] = await this.#admin.listOffsets({ partitions: [{ ...partition, at: 'latest' }] });
    const offset = Math.floor((end?.offset ?? 0) / 2);
    const { history } = this.#world;
    const invocation = history.invoke(this.#process, 'deleteRecords', [['before', { [key]: offset }]]);
    try {
      await this.#admin.deleteRecords({ partitions: [{ ...partition, offset }] });
      invocation.ok();
    } catch (error) {
      invocation.info(messageOf(error));
      this.#process = history.newProcess();
    }
  }

  /** Settings that change how the log is cut into files, and nothing that readers may see. */
  async #alter(count: number): Promise<void> {
    const changes = [
      { name: 'segment.ms', value: String(10 + 50 * count) },
      { name: 'index.interval.bytes', value: String(100 * count) },
    ];
    await this.#admin.alterConfigs({ resources: [{ type: 'topic', name: this.#topic, changes }] });
  }
}
