import type { Producer, Transaction } from '@nagare/client';
import type { Key, MicroOperation, Offset, Value } from '../history/event.ts';
import type { Step } from '../run/plan.ts';
import type { ClientBody, ClientRun } from '../world/client-node.ts';
import type { World } from '../world/world.ts';
import { type GroupOfClients, Member } from './member.ts';
import { sendAll, type TransactionEnd, transact, transactionalProducer, type WorkDone } from './transacting.ts';
import { messageOf } from './values.ts';

/** Where a transform writes what it makes of an input partition, and what it says of it. */
export interface Transform extends GroupOfClients {
  outputOf(input: Key): Key;
  /** Told of each output before it is sent: which input it is made of. */
  note(value: Value, from: { readonly key: Key; readonly offset: Offset }): void;
}

/**
 * Reads as a member of a group, writes one record for each, and commits both in one transaction. Whatever goes wrong, it
 * begins anew as another member.
 */
export function transforming(world: World, transform: Transform): ClientBody {
  return async (run) => {
    let worker = new Worker(world, run, transform);
    for (let step = run.next(); step !== undefined; step = run.next()) {
      if (step.do === 'wait') await run.sleep(step.ms ?? 0);
      if (step.do !== 'transform' && step.do !== 'hand-over') continue;
      const end = await worker.transform(step);
      if (end === 'committed' && step.do === 'transform') continue;
      await worker.close();
      if (end === 'fenced') return;
      worker = new Worker(world, run, transform);
    }
    await worker.close();
  };
}

class Worker {
  readonly #world: World;
  readonly #run: ClientRun;
  readonly #transform: Transform;
  readonly #member: Member;
  readonly #producer: Producer;

  constructor(world: World, run: ClientRun, transform: Transform) {
    this.#world = world;
    this.#run = run;
    this.#transform = transform;
    this.#member = new Member(world, run, transform);
    this.#producer = transactionalProducer(run);
  }

  async close(): Promise<void> {
    await this.#member.consumer.close({ timeoutMs: 2_000 });
    await this.#producer.close({ timeoutMs: 0 });
  }

  /** One transaction with what a poll brings; none when it brings nothing. */
  async transform({
    do: what,
    ms: timeoutMs = 200,
    thinkMs = 0,
    flag: isAborted = false,
  }: Step): Promise<TransactionEnd> {
    const { history } = this.#world;
    const invocation = history.invoke(this.#member.process, 'txn', [['poll']], { iso: 'rc' });
    let poll: Awaited<ReturnType<Member['fetch']>>;
    try {
      poll = await this.#member.fetch(timeoutMs);
    } catch (error) {
      invocation.fail(messageOf(error));
      this.#member.noteAssignments();
      return 'undecided';
    }
    const { reads, rebalanced } = poll;
    if (Object.keys(reads).length === 0) {
      invocation.ok([], { rebalanced });
      this.#member.noteAssignments();
      return 'committed';
    }
    const read: MicroOperation = ['poll', reads];
    const end = await transact({
      producer: this.#producer,
      invocation: {
        ok: (mops = []) => invocation.ok([read, ...mops], { rebalanced }),
        fail: (error) => invocation.fail(error),
        info: (error, mops = []) => invocation.info(error, [read, ...mops]),
      },
      work: async (transaction) => {
        if (thinkMs > 0) await this.#run.sleep(thinkMs / 2);
        const done = await this.#write(transaction, poll, (mops) => invocation.asks([read, ...mops]));
        // Whoever gets its partitions now must wait until the transaction has ended.
        if (what === 'hand-over') await this.#member.consumer.close({ timeoutMs: 2_000 });
        if (thinkMs > 0) await this.#run.sleep(thinkMs / 2);
        return done;
      },
      isAborted,
    });
    this.#member.noteAssignments();
    return end;
  }

  async #write(
    transaction: Transaction,
    { reads, next }: Awaited<ReturnType<Member['fetch']>>,
    asks: (mops: readonly MicroOperation[]) => void,
  ): Promise<WorkDone> {
    const outputs = Object.entries(reads).flatMap(([input, records]) =>
      records.map(([offset]) => {
        const from = { key: Number(input), offset };
        const value = this.#world.newValue();
        this.#transform.note(value, from);
        return { key: this.#transform.outputOf(from.key), value, more: `${input}:${offset}` };
      }),
    );
    const commit: MicroOperation = ['commit', Object.fromEntries(next)];
    asks([...outputs.map(({ key, value }): MicroOperation => ['send', key, value]), commit]);
    const { mops, error } = await sendAll(this.#world, transaction, outputs);
    if (error !== undefined) return { mops, error };
    try {
      const offsets = [...next].map(([key, offset]) => ({ ...this.#world.partitionOf(key), offset }));
      await transaction.sendOffsets({ offsets, consumer: this.#member.consumer });
    } catch (reason) {
      return { mops, error: reason };
    }
    return { mops: [...mops, commit], error: undefined };
  }
}
