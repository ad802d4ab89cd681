import { apis, type ErrorName, errorName } from '@nagare/protocol';
import type { Cluster } from '../connection/cluster.ts';
import { Coordinator } from '../connection/coordinator.ts';
import { orAbort } from '../connection/delay.ts';
import { type BackOff, backOffMs, retryBackOff } from '../core/retry.ts';
import {
  callNames,
  type TransactionAnswer,
  type TransactionCall,
  type TransactionCore,
  type TransactionFailure,
} from '../core/transaction.ts';
import { gravestAnswer, type TransactionVerdict } from '../core/transaction-verdict.ts';
import { ClientError, isRetriable } from '../errors.ts';
import { Room } from './room.ts';

/** Between two tries while the transaction before is still ending, which takes a moment only. */
const busyBackOff: BackOff = Object.freeze({ initialMs: 5, maxMs: 100 });

/** The newest versions that do not add partitions and groups by themselves. */
const firstProtocol = Object.freeze({ txnOffsetCommit: 4, endTxn: 4 });

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What to fail with when time is up. */
  readonly late: () => ClientError;
}

/** Makes the requests that the {@link TransactionCore} asks for, one after the other, until it asks for no more. */
export class TransactionDriver {
  readonly core: TransactionCore;
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  readonly #groups = new Map<string, Coordinator>();
  readonly #changed = new Room();
  readonly #onChange: () => void;
  #isRunning = false;

  /** @param onChange - Called when an answer may have changed what can be sent. */
  constructor(parts: {
    cluster: Cluster;
    core: TransactionCore;
    transactionalId: string;
    onChange: () => void;
  }) {
    this.core = parts.core;
    this.#cluster = parts.cluster;
    this.#coordinator = new Coordinator(parts.cluster, parts.transactionalId, 'transaction');
    this.#onChange = parts.onChange;
  }

  /** Looks what the core wants now. */
  kick(): void {
    if (!this.#isRunning) this.#run();
  }

  /** What the core's failure is to the user. */
  get error(): ClientError | undefined {
    const { failure } = this.core;
    return failure === undefined ? undefined : errorOf(failure);
  }

  /** Waits until something holds of the core. */
  async until(holds: () => boolean, { timeoutMs, signal, late }: WaitOptions): Promise<void> {
    const timeout = new AbortController();
    const timer = this.#cluster.context.platform.timers.after(timeoutMs, () => timeout.abort(late()));
    const either = signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]);
    try {
      for (this.kick(); !holds(); ) {
        if (this.#cluster.pool.isClosed) throw new ClientError('NAGARE_CLIENT_CLOSED', 'the producer');
        await orAbort(this.#changed.wait(), either);
      }
    } finally {
      timer.cancel();
    }
  }

  /** Tells those who wait that something has changed. */
  wake(): void {
    this.#onChange();
    this.#changed.wake();
  }

  async #run(): Promise<void> {
    const { pool, context } = this.#cluster;
    this.#isRunning = true;
    let failures = 0;
    while (!pool.isClosed) {
      const call = this.core.next();
      if (call === undefined) break;
      const verdict = await this.#make(call);
      this.wake();
      failures = isWait(verdict) ? failures + 1 : 0;
      if (failures === 0) continue;
      const backOff = verdict === 'busy' ? busyBackOff : retryBackOff;
      await this.#cluster.delay(backOffMs(failures, backOff, context.platform.random)).catch(() => {});
    }
    this.#isRunning = false;
  }

  async #make(call: TransactionCall): Promise<TransactionVerdict> {
    try {
      return this.#take(call, await this.#ask(call));
    } catch (error) {
      return this.#takeError(call, error);
    }
  }

  #take(call: TransactionCall, answer: TransactionAnswer): TransactionVerdict {
    const { log } = this.#cluster.context;
    const verdict = this.core.onAnswer(call, answer, this.#cluster.pool.features.transactionVersion);
    if (verdict === 'rediscover') this.#coordinatorFor(call).forget();
    if (verdict !== 'ok') log.debug('transaction.refused', { request: callNames[call.kind], ...answer, verdict });
    return verdict;
  }

  #takeError(call: TransactionCall, error: unknown): TransactionVerdict {
    if (this.#cluster.pool.isClosed) return 'fatal';
    const { log } = this.#cluster.context;
    log.debug('transaction.failed', { request: callNames[call.kind], error });
    if (!(error instanceof ClientError)) throw error;
    if (error.kafka !== undefined) return this.#take(call, { error: error.kafka as ErrorName });
    if (!isRetriable(error)) {
      this.core.onImpossible(call, error.message);
      return 'fatal';
    }
    // A broker that was not reached has not seen the request.
    if (error.code === 'NAGARE_CLIENT_NO_BROKER') this.core.onUnsent();
    else this.core.onLost(call);
    return 'rediscover';
  }

  async #ask(call: TransactionCall): Promise<TransactionAnswer> {
    const coordinator = this.#coordinatorFor(call);
    const limits: Partial<typeof firstProtocol> = this.core.protocol === 1 ? firstProtocol : {};
    // Requests stay behind the records that went before them on the same connection.
    const lane = 'data';
    switch (call.kind) {
      case 'init': {
        const answer = await coordinator.request(apis.initProducerId, call.draft, { lane });
        return { error: errorName(answer.errorCode), identity: identityOf(answer) };
      }
      case 'add-partitions': {
        const answer = await coordinator.request(apis.addPartitionsToTxn, call.draft, { lane });
        const rows = answer.resultsByTopicV3AndBelow.flatMap((topic) => topic.resultsByPartition);
        return {
          error: gravestAnswer(
            call.kind,
            rows.map((row) => errorName(row.partitionErrorCode)),
          ),
        };
      }
      case 'add-offsets': {
        const answer = await coordinator.request(apis.addOffsetsToTxn, call.draft, { lane });
        return { error: errorName(answer.errorCode) };
      }
      case 'commit-offsets': {
        const options = { lane, limit: limits.txnOffsetCommit } as const;
        const answer = await coordinator.request(apis.txnOffsetCommit, call.draft, options);
        const rows = answer.topics.flatMap((topic) => topic.partitions);
        return {
          error: gravestAnswer(
            call.kind,
            rows.map((row) => errorName(row.errorCode)),
          ),
        };
      }
      case 'end': {
        const answer = await coordinator.request(apis.endTxn, call.draft, { lane, limit: limits.endTxn });
        return { error: errorName(answer.errorCode), identity: identityOf(answer) };
      }
    }
  }

  #coordinatorFor(call: TransactionCall): Coordinator {
    if (call.kind !== 'commit-offsets') return this.#coordinator;
    const { groupId } = call.draft;
    let coordinator = this.#groups.get(groupId);
    if (coordinator === undefined) {
      coordinator = new Coordinator(this.#cluster, groupId);
      this.#groups.set(groupId, coordinator);
    }
    return coordinator;
  }
}

function isWait(verdict: TransactionVerdict): boolean {
  return verdict === 'retry' || verdict === 'busy' || verdict === 'rediscover';
}

/** The id that an answer gives; older versions, and failures, give none. */
function identityOf({ producerId, producerEpoch }: { readonly producerId: number; readonly producerEpoch: number }) {
  return producerId < 0 ? undefined : { producerId, producerEpoch };
}

const codes = {
  abortable: 'NAGARE_CLIENT_TRANSACTION_ABORTABLE',
  fenced: 'NAGARE_CLIENT_FENCED',
  fatal: 'NAGARE_CLIENT_TRANSACTION_FATAL',
} as const;

function errorOf({ kind, during, answer, text }: TransactionFailure): ClientError {
  const where = [during, answer, text].filter((part) => part !== undefined).join(': ');
  return new ClientError(codes[kind], where, answer === undefined ? {} : { kafka: answer });
}
