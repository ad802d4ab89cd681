import type { ErrorName } from '@nagare/protocol';
import type { TransactionalProducer } from '../core/partition/transactional-records.ts';
import type { Verification } from '../core/partition/verifications.ts';
import type { PartitionHost } from './partition-host.ts';
import type { TransactionHost } from './transaction-host.ts';

/** With what a transactional batch may be appended, or why it may not. */
export type Admission<Key> = ReadonlyMap<Key, Verification | ErrorName>;

export interface AdmissionRequest<Key> {
  readonly transactionalId: string;
  readonly producer: TransactionalProducer;
  /** Of the Produce request. */
  readonly version: number;
  /** Where it writes, and with which sequence it begins there. */
  readonly targets: ReadonlyMap<Key, { readonly host: PartitionHost; readonly baseSequence: number }>;
  readonly transactions: Pick<TransactionHost, 'enlist'>;
}

/** From this version of Produce on, writing to a partition adds it to the transaction (transaction version 2). */
const addingVersionMin = 12;
/** From this version on, clients know that a transaction can be aborted and tried again. */
const abortableVersionMin = 11;

/**
 * Makes sure that the partitions a producer writes to are in its transaction (KIP-890). Where the transaction is open
 * already there is nothing to ask; a promise only when there is.
 */
export function admit<Key>(request: AdmissionRequest<Key>): Admission<Key> | Promise<Admission<Key>> {
  const question = ask(request);
  return question.open.length === 0 ? question.admission : enlist(request, question);
}

interface Question<Key> {
  readonly admission: Map<Key, Verification | ErrorName>;
  /** Those that the coordinator must be asked about. */
  readonly open: readonly Key[];
}

function ask<Key>({ producer, version, targets }: AdmissionRequest<Key>): Question<Key> {
  const admission = new Map<Key, Verification | ErrorName>();
  const open: Key[] = [];
  const bumpsEpoch = version >= addingVersionMin;
  for (const [key, { host, baseSequence }] of targets) {
    const verification = host.beginVerification({ ...producer, baseSequence, bumpsEpoch });
    if (verification === undefined) continue;
    admission.set(key, verification);
    if (typeof verification !== 'string') open.push(key);
  }
  return { admission, open };
}

async function enlist<Key>(
  request: AdmissionRequest<Key>,
  { admission, open }: Question<Key>,
): Promise<Admission<Key>> {
  const { transactionalId, producer, version, targets, transactions } = request;
  const partitions = open.map((key) => targets.get(key)!.host).map(({ topic, index }) => ({ topic, partition: index }));
  const mode = version >= addingVersionMin ? 'add' : 'verify';
  const errors = await transactions.enlist({ transactionalId, ...producer, partitions, mode });
  for (const [place, key] of open.entries()) {
    const error = errors[place] ?? 'NONE';
    if (error !== 'NONE') admission.set(key, toProduceError(error, version));
  }
  return admission;
}

/** Producers do not know every error of a coordinator; those that pass become one that they retry without new metadata. */
function toProduceError(error: ErrorName, version: number): ErrorName {
  switch (error) {
    case 'TRANSACTION_ABORTABLE':
      return version < abortableVersionMin ? 'INVALID_TXN_STATE' : error;
    case 'CONCURRENT_TRANSACTIONS':
      return version < addingVersionMin ? 'NOT_ENOUGH_REPLICAS' : error;
    case 'NETWORK_EXCEPTION':
    case 'COORDINATOR_LOAD_IN_PROGRESS':
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'NOT_COORDINATOR':
      return 'NOT_ENOUGH_REPLICAS';
    default:
      return error;
  }
}
