import { type ErrorName, errorTable } from '@nagare/protocol';

/** The requests of a transactional producer, besides those that carry records. */
export type TransactionCallKind = 'init' | 'add-partitions' | 'add-offsets' | 'commit-offsets' | 'end';

/**
 * What an answer means: `ok`; ask again later (`retry`), soon, because the transaction before is still ending (`busy`), or
 * from another coordinator (`rediscover`); the transaction must be aborted (`abortable`); a newer producer has the
 * transactional id (`fenced`); or the producer can do nothing more (`fatal`).
 */
export type TransactionVerdict = 'ok' | 'retry' | 'busy' | 'rediscover' | 'abortable' | 'fenced' | 'fatal';

type Verdicts = Partial<Readonly<Record<ErrorName, TransactionVerdict>>>;

const always: Verdicts = {
  NONE: 'ok',
  COORDINATOR_NOT_AVAILABLE: 'rediscover',
  NOT_COORDINATOR: 'rediscover',
  CONCURRENT_TRANSACTIONS: 'busy',
  INVALID_PRODUCER_EPOCH: 'fenced',
  PRODUCER_FENCED: 'fenced',
  TRANSACTION_ABORTABLE: 'abortable',
};

const byKind: Readonly<Record<TransactionCallKind, Verdicts>> = {
  init: {
    CLUSTER_AUTHORIZATION_FAILED: 'abortable',
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'abortable',
  },
  'add-partitions': {
    // What was not attempted comes with the answer that says why.
    OPERATION_NOT_ATTEMPTED: 'retry',
    TOPIC_AUTHORIZATION_FAILED: 'abortable',
    UNKNOWN_PRODUCER_ID: 'abortable',
  },
  'add-offsets': {
    GROUP_AUTHORIZATION_FAILED: 'abortable',
    UNKNOWN_PRODUCER_ID: 'abortable',
  },
  'commit-offsets': {
    REQUEST_TIMED_OUT: 'rediscover',
    FENCED_INSTANCE_ID: 'abortable',
    GROUP_AUTHORIZATION_FAILED: 'abortable',
    GROUP_ID_NOT_FOUND: 'abortable',
    ILLEGAL_GENERATION: 'abortable',
    INVALID_COMMIT_OFFSET_SIZE: 'abortable',
    OFFSET_METADATA_TOO_LARGE: 'abortable',
    REBALANCE_IN_PROGRESS: 'abortable',
    STALE_MEMBER_EPOCH: 'abortable',
    TOPIC_AUTHORIZATION_FAILED: 'abortable',
    UNKNOWN_MEMBER_ID: 'abortable',
  },
  end: { UNKNOWN_PRODUCER_ID: 'abortable' },
};

/** Judges an answer of the transaction's or the group's coordinator. */
export function judgeCall(kind: TransactionCallKind, answer: ErrorName): TransactionVerdict {
  return byKind[kind][answer] ?? always[answer] ?? (errorTable[answer].retriable ? 'retry' : 'fatal');
}

const gravest: readonly TransactionVerdict[] = ['fenced', 'fatal', 'abortable', 'rediscover', 'busy', 'retry', 'ok'];

/** The answer that decides when a request is answered for each partition apart. */
export function gravestAnswer(kind: TransactionCallKind, answers: readonly ErrorName[]): ErrorName {
  const rank = (answer: ErrorName) => gravest.indexOf(judgeCall(kind, answer));
  return answers.reduce<ErrorName>((worst, answer) => (rank(answer) < rank(worst) ? answer : worst), 'NONE');
}

/** Answers to records after which the producer can do nothing more. After any other failure the transaction can be aborted. */
const fatalForRecords: Verdicts = {
  CLUSTER_AUTHORIZATION_FAILED: 'fatal',
  INVALID_PRODUCER_ID_MAPPING: 'fatal',
  PRODUCER_FENCED: 'fenced',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'fatal',
  UNSUPPORTED_VERSION: 'fatal',
};

/** Judges why records of a transaction could not be sent. */
export function judgeRecords(answer: ErrorName | undefined): 'abortable' | 'fenced' | 'fatal' {
  const verdict = answer === undefined ? undefined : fatalForRecords[answer];
  return verdict === 'fenced' || verdict === 'fatal' ? verdict : 'abortable';
}
