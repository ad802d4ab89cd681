import { type apis, type ErrorName, errorCode, type StructValue } from '@nagare/protocol';
import type { ScriptedPartition } from './scripted-partition.ts';

interface Transactional {
  producerId: number;
  epoch: number;
  /** The epoch before the last bump by its own producer, from which a repeated request may come. */
  lastEpoch: number;
  state: 'empty' | 'ongoing' | 'commit' | 'abort';
  readonly partitions: Set<ScriptedPartition>;
  readonly groups: Set<string>;
  /** Offsets by the key that the cluster keeps commits under. */
  readonly offsets: Map<string, number>;
}

interface Sender {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A coordinator of transactions for tests, with both protocols: which one a request speaks is told by its version. */
export class ScriptedTransactions {
  /** What the brokers announce as transaction.version. */
  version = 2;
  readonly #commits: Map<string, number>;
  readonly #nextProducerId: () => number;
  readonly #ids = new Map<string, Transactional>();

  constructor(commits: Map<string, number>, nextProducerId: () => number) {
    this.#commits = commits;
    this.#nextProducerId = nextProducerId;
  }

  /** The epoch that the coordinator holds for an id. */
  epochOf(transactionalId: string): number | undefined {
    return this.#ids.get(transactionalId)?.epoch;
  }

  /** Whether something is open. */
  get isIdle(): boolean {
    return [...this.#ids.values()].every(({ state }) => state !== 'ongoing');
  }

  init(request: StructValue<typeof apis.initProducerId.request.fields>): object {
    const id = request.transactionalId ?? '';
    const known = this.#ids.get(id);
    if (known === undefined) {
      const made = { producerId: this.#nextProducerId(), epoch: 0, lastEpoch: -1, state: 'empty' as const };
      this.#ids.set(id, { ...made, partitions: new Set(), groups: new Set(), offsets: new Map() });
      return { errorCode: 0, producerId: made.producerId, producerEpoch: 0 };
    }
    if (request.producerId >= 0) {
      const isRetry = request.producerEpoch === known.lastEpoch;
      if (isRetry) return { errorCode: 0, producerId: known.producerId, producerEpoch: known.epoch };
      if (request.producerEpoch !== known.epoch) return { errorCode: errorCode.PRODUCER_FENCED, producerEpoch: -1 };
    }
    if (known.state === 'ongoing') {
      known.epoch += 1;
      known.lastEpoch = -1;
      this.#end(known, 'abort');
      return { errorCode: errorCode.CONCURRENT_TRANSACTIONS, producerEpoch: -1 };
    }
    known.lastEpoch = request.producerId >= 0 ? known.epoch : -1;
    known.epoch += 1;
    return { errorCode: 0, producerId: known.producerId, producerEpoch: known.epoch };
  }

  /** Adds partitions (or a group) to the sender's transaction. */
  add(sender: Sender, what: { partitions?: readonly ScriptedPartition[]; groupId?: string }): ErrorName {
    const known = this.#checked(sender);
    if (typeof known === 'string') return known;
    if (known.state !== 'ongoing') this.#open(known);
    for (const partition of what.partitions ?? []) known.partitions.add(partition);
    if (what.groupId !== undefined) known.groups.add(what.groupId);
    return 'NONE';
  }

  /** What a leader asks before it appends records of a transaction. */
  verify(sender: Sender, partition: ScriptedPartition, mayAdd: boolean): ErrorName {
    if (mayAdd) return this.add(sender, { partitions: [partition] });
    const known = this.#checked(sender);
    if (typeof known === 'string') return known;
    return known.state === 'ongoing' && known.partitions.has(partition) ? 'NONE' : 'INVALID_TXN_STATE';
  }

  stage(sender: Sender & { readonly groupId: string }, key: string, offset: number, mayAdd: boolean): ErrorName {
    if (mayAdd) {
      const error = this.add(sender, { groupId: sender.groupId });
      if (error !== 'NONE') return error;
    }
    const known = this.#checked(sender);
    if (typeof known === 'string') return known;
    if (known.state !== 'ongoing' || !known.groups.has(sender.groupId)) return 'INVALID_TXN_STATE';
    known.offsets.set(key, offset);
    return 'NONE';
  }

  end(request: StructValue<typeof apis.endTxn.request.fields>, version: number): object {
    const known = this.#ids.get(request.transactionalId);
    const wanted = request.committed ? 'commit' : 'abort';
    if (known === undefined) return refusal('INVALID_PRODUCER_ID_MAPPING');
    const identity = () => ({ errorCode: 0, producerId: known.producerId, producerEpoch: known.epoch });
    if (version >= 5 && request.producerEpoch === known.lastEpoch)
      return known.state === wanted ? identity() : refusal('INVALID_TXN_STATE');
    if (request.producerEpoch !== known.epoch) return refusal('PRODUCER_FENCED');
    if (known.state === 'ongoing' || (version >= 5 && wanted === 'abort')) {
      this.#end(known, wanted);
      if (version >= 5) {
        known.lastEpoch = known.epoch;
        known.epoch += 1;
      }
      return identity();
    }
    return known.state === wanted ? identity() : refusal('INVALID_TXN_STATE');
  }

  /** Aborts what is open as if its time were up, which fences its producer. */
  expire(transactionalId: string): void {
    const known = this.#ids.get(transactionalId);
    if (known?.state !== 'ongoing') return;
    known.epoch += 1;
    known.lastEpoch = -1;
    this.#end(known, 'abort');
  }

  #checked({ transactionalId, producerId, producerEpoch }: Sender): Transactional | ErrorName {
    const known = this.#ids.get(transactionalId);
    if (known === undefined || known.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING';
    return known.epoch === producerEpoch ? known : 'INVALID_PRODUCER_EPOCH';
  }

  #open(known: Transactional): void {
    known.state = 'ongoing';
    known.partitions.clear();
    known.groups.clear();
    known.offsets.clear();
  }

  #end(known: Transactional, type: 'commit' | 'abort'): void {
    if (known.state === 'ongoing') {
      for (const partition of known.partitions) partition.mark(known.producerId, known.epoch, type);
      if (type === 'commit') for (const [key, offset] of known.offsets) this.#commits.set(key, offset);
    }
    known.state = type;
  }
}

function refusal(error: ErrorName): object {
  return { errorCode: errorCode[error], producerId: -1, producerEpoch: -1 };
}
