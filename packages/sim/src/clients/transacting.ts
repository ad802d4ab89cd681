import { CodedError } from '@nagare/base';
import type { Producer, Transaction } from '@nagare/client';
import type { Key, MicroOperation, Value } from '../history/event.ts';
import type { Invocation } from '../history/history.ts';
import type { Step } from '../run/plan.ts';
import type { ClientBody, ClientRun } from '../world/client-node.ts';
import type { World } from '../world/world.ts';
import { producerOptionsOf, sendValue } from './producing.ts';
import { messageOf } from './values.ts';

/** What became of a transaction, and so what its producer is still good for. */
export type TransactionEnd = 'committed' | 'aborted' | 'undecided' | 'fenced';

/** A producer of transactions under the client's name, which all its processes share. */
export function transactionalProducer(run: ClientRun): Producer {
  return run.client.producer({
    ...producerOptionsOf(run),
    transactionalId: run.plan.name,
    transactionTimeoutMs: Number(run.plan.options.transactionTimeoutMs ?? 5_000),
    blockMsMax: 8_000,
  });
}

export interface TransactionWork {
  readonly producer: Producer;
  readonly invocation: Pick<Invocation, 'ok' | 'fail' | 'info'>;
  /** What to do in it, and what came of that: complete even when some of it failed. */
  readonly work: (transaction: Transaction) => Promise<WorkDone>;
  /** Aborts it at the end in place of a commit. */
  readonly isAborted: boolean;
}

export interface WorkDone {
  readonly mops: readonly MicroOperation[];
  readonly error: unknown;
}

/**
 * Runs a transaction and writes down how it ended. It has failed for certain when it was aborted, or never came to its
 * commit; once a commit was asked for, only its answer tells.
 */
export async function transact({ producer, invocation, work, isAborted }: TransactionWork): Promise<TransactionEnd> {
  let transaction: Transaction;
  try {
    transaction = await producer.transaction();
  } catch (error) {
    invocation.fail(messageOf(error));
    return endFor(error);
  }
  const { mops, error } = await work(transaction);
  if (error !== undefined || isAborted) {
    invocation.fail(messageOf(error ?? 'aborted on purpose'));
    return abort(transaction, error);
  }
  try {
    await commit(transaction);
    invocation.ok(mops);
    return 'committed';
  } catch (reason) {
    if (codeOf(reason) === 'NAGARE_CLIENT_TRANSACTION_ABORTABLE') {
      invocation.fail(messageOf(reason));
      return abort(transaction, reason);
    }
    invocation.info(messageOf(reason), mops);
    return endFor(reason);
  }
}

/** Asks again while nothing is decided. */
async function commit(transaction: Transaction): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await transaction.commit({ timeoutMs: 4_000 });
      return;
    } catch (error) {
      if (codeOf(error) !== 'NAGARE_CLIENT_TRANSACTION_UNDECIDED' || tries >= triesMax) throw error;
    }
  }
}

async function abort(transaction: Transaction, reason: unknown): Promise<TransactionEnd> {
  try {
    await transaction.abort({ timeoutMs: 8_000 });
    return codeOf(reason) === 'NAGARE_CLIENT_FENCED' ? 'fenced' : 'aborted';
  } catch (error) {
    return codeOf(reason) === 'NAGARE_CLIENT_FENCED' ? 'fenced' : endFor(error);
  }
}

/** How often a commit is asked for that nobody decides. */
const triesMax = 3;

function endFor(error: unknown): TransactionEnd {
  return codeOf(error) === 'NAGARE_CLIENT_FENCED' ? 'fenced' : 'undecided';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof CodedError ? error.code : undefined;
}

interface Sending {
  readonly key: Key;
  readonly value: Value;
  readonly more?: string;
}

/** Sends values within a transaction, all at once. */
export async function sendAll(world: World, transaction: Transaction, sends: readonly Sending[]): Promise<WorkDone> {
  let error: unknown;
  const mops = await Promise.all(
    sends.map(async ({ key, value, more }): Promise<MicroOperation> => {
      try {
        return ['send', key, [await sendValue(world, transaction, key, value, more), value]];
      } catch (reason) {
        error ??= reason;
        return ['send', key, [null, value]];
      }
    }),
  );
  return { mops, error };
}

/** Writes transactions, some of which it aborts. `note` is told of the values of each before they are sent. */
export function writing(world: World, note: (values: readonly Value[]) => void = () => {}): ClientBody {
  return async (run) => {
    const writer = new Writer(world, run, note);
    for (let step = run.next(); step !== undefined; step = run.next()) {
      if (step.do === 'wait') await run.sleep(step.ms ?? 0);
      if (step.do === 'txn' && (await writer.write(step)) === 'fenced') return;
      if (step.do === 'abandon') await writer.abandon(step);
    }
    await writer.close();
  };
}

class Writer {
  readonly #world: World;
  readonly #run: ClientRun;
  readonly #note: (values: readonly Value[]) => void;
  #process: number;
  #producer: Producer;

  constructor(world: World, run: ClientRun, note: (values: readonly Value[]) => void) {
    this.#world = world;
    this.#run = run;
    this.#note = note;
    this.#process = world.history.newProcess();
    this.#producer = transactionalProducer(run);
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  /** One transaction, committed or aborted on purpose. Who is fenced stops: somebody else works in its place. */
  async write({ keys = [], thinkMs = 0, flag: isAborted = false }: Step): Promise<TransactionEnd> {
    const sends = this.#sendsTo(keys);
    const end = await transact({
      producer: this.#producer,
      invocation: this.#invoke(sends),
      work: (transaction) => this.#sendInTwo(transaction, sends, thinkMs),
      isAborted,
    });
    if (end === 'undecided') await this.#beginAnew();
    if (end === 'fenced') await this.#producer.close({ timeoutMs: 0 });
    return end;
  }

  /** Leaves a transaction open, as a process does that dies in the middle: nobody ends it but its time. */
  async abandon({ keys = [] }: Step): Promise<void> {
    const sends = this.#sendsTo(keys);
    const invocation = this.#invoke(sends);
    try {
      await sendAll(this.#world, await this.#producer.transaction(), sends);
      invocation.fail('abandoned');
    } catch (error) {
      invocation.fail(messageOf(error));
    }
    await this.#beginAnew();
  }

  async #beginAnew(): Promise<void> {
    await this.#producer.close({ timeoutMs: 0 });
    this.#process = this.#world.history.newProcess();
    this.#producer = transactionalProducer(this.#run);
  }

  #sendsTo(keys: readonly Key[]): readonly Sending[] {
    const sends = keys.map((key) => ({ key, value: this.#world.newValue() }));
    this.#note(sends.map(({ value }) => value));
    return sends;
  }

  #invoke(sends: readonly Sending[]): Invocation {
    const mops = sends.map(({ key, value }): MicroOperation => ['send', key, value]);
    return this.#world.history.invoke(this.#process, 'txn', mops);
  }

  /** The first record, the others a while later, and its end later still: it is open for longer than it takes to send. */
  async #sendInTwo(transaction: Transaction, sends: readonly Sending[], thinkMs: number): Promise<WorkDone> {
    if (thinkMs === 0) return sendAll(this.#world, transaction, sends);
    const first = await sendAll(this.#world, transaction, sends.slice(0, 1));
    await this.#run.sleep(thinkMs / 2);
    const rest = await sendAll(this.#world, transaction, sends.slice(1));
    await this.#run.sleep(thinkMs / 2);
    return { mops: [...first.mops, ...rest.mops], error: first.error ?? rest.error };
  }
}
