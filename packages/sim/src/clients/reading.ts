import type { Consumer, ConsumerOptions } from '@nagare/client';
import type { Key } from '../history/event.ts';
import type { ClientBody, ClientRun } from '../world/client-node.ts';
import type { World } from '../world/world.ts';
import { messageOf, readsOf } from './values.ts';

/** The options of a consumer that a client plan has drawn. */
export function consumerOptionsOf({ plan }: ClientRun): ConsumerOptions {
  const { isolation, requestTimeoutMs, fetchWaitMsMax, partitionFetchBytesMax } = plan.options;
  return {
    autoOffsetReset: 'earliest',
    isolationLevel: isolation === 'ru' ? 'read_uncommitted' : 'read_committed',
    requestTimeoutMs: Number(requestTimeoutMs ?? 1_000),
    fetchWaitMsMax: Number(fetchWaitMsMax ?? 100),
    partitionFetchBytesMax: Number(partitionFetchBytesMax ?? 1_000),
    allowAutoTopicCreation: false,
  };
}

/** Reads partitions that it chooses itself; after an error it is another process, from the first record on. */
export function reading(world: World): ClientBody {
  return async (run) => {
    let reader = new Reader(world, run.client.consumer(consumerOptionsOf(run)), isolationOf(run));
    for (let step = run.next(); step !== undefined; step = run.next()) {
      if (step.do === 'wait') await run.sleep(step.ms ?? 0);
      if (step.do === 'assign') reader.assign(step.keys ?? []);
      if (step.do !== 'poll' || (await reader.poll(step.ms ?? 100))) continue;
      await reader.consumer.close({ timeoutMs: 0 });
      reader = new Reader(world, run.client.consumer(consumerOptionsOf(run)), isolationOf(run), reader.keys);
    }
    await reader.consumer.close();
  };
}

function isolationOf({ plan }: ClientRun): 'rc' | 'ru' {
  return plan.options.isolation === 'ru' ? 'ru' : 'rc';
}

/** A consumer whose polls are written down. */
export class Reader {
  readonly consumer: Consumer;
  readonly process: number;
  readonly #world: World;
  readonly #iso: 'rc' | 'ru';
  keys: readonly Key[] = [];

  constructor(world: World, consumer: Consumer, iso: 'rc' | 'ru' = 'rc', keys: readonly Key[] = []) {
    this.#world = world;
    this.consumer = consumer;
    this.process = world.history.newProcess();
    this.#iso = iso;
    if (keys.length > 0) this.assign(keys);
  }

  assign(keys: readonly Key[]): void {
    this.keys = keys;
    this.consumer.assign(keys.map((key) => this.#world.partitionOf(key)));
    this.#world.history.invoke(this.process, 'assign', [], { keys }).ok();
  }

  /** Polls once; false when it failed and the reader is of no use any more. */
  async poll(timeoutMs: number): Promise<boolean> {
    if (this.keys.length === 0) return true;
    const invocation = this.#world.history.invoke(this.process, 'poll', [['poll']], { iso: this.#iso });
    try {
      const fetched = await this.consumer.poll({ timeoutMs });
      invocation.ok([['poll', readsOf(this.#world, fetched)]]);
      return true;
    } catch (error) {
      invocation.info(messageOf(error));
      return false;
    }
  }

  /** Whether it has come to an offset, or will never have to. */
  hasReached(key: Key, offset: number): boolean {
    return offset === 0 || (this.consumer.position(this.#world.partitionOf(key)) ?? 0) >= offset;
  }
}
