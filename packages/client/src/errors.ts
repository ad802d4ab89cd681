import { CodedError } from '@nagare/base';
import { type ErrorName, errorName, errorTable } from '@nagare/protocol';
import type { TopicPartition } from './record.ts';

/** Every error that the client can throw, and what it tells. */
export const clientErrors = {
  NAGARE_CLIENT_BUFFER_FULL: 'The buffer of the producer stayed full for too long',
  NAGARE_CLIENT_BUSY: 'The consumer is read by another loop already',
  NAGARE_CLIENT_CLOSED: 'It is closed',
  NAGARE_CLIENT_CONNECTION_LOST: 'The connection broke before the answer came',
  NAGARE_CLIENT_DELIVERY_TIMEOUT: 'The records were not acknowledged in time',
  NAGARE_CLIENT_FENCED: 'A newer producer has the transactional id',
  NAGARE_CLIENT_GROUP_LOST: 'The group has gone on without this member',
  NAGARE_CLIENT_INVALID_ANSWER: 'The broker answered with bytes that are not what the protocol says',
  NAGARE_CLIENT_KAFKA: 'The broker refused',
  NAGARE_CLIENT_NO_BROKER: 'No broker could be reached',
  NAGARE_CLIENT_NO_GROUP: 'It needs a groupId',
  NAGARE_CLIENT_NO_OFFSET: 'There is no committed offset to start from, and autoOffsetReset is none',
  NAGARE_CLIENT_RECORD_TOO_LARGE: 'The record is larger than a request may be',
  NAGARE_CLIENT_REQUEST_TIMEOUT: 'The broker did not answer in time',
  NAGARE_CLIENT_TRANSACTION_ABORTABLE: 'The transaction has failed and can only be aborted',
  NAGARE_CLIENT_TRANSACTION_ENDED: 'The transaction takes nothing more',
  NAGARE_CLIENT_TRANSACTION_FATAL: 'The producer can do no more transactions',
  NAGARE_CLIENT_TRANSACTION_UNDECIDED: 'It is not known yet how the transaction ends',
  NAGARE_CLIENT_UNSUPPORTED: 'The broker is too old or too new for it',
} as const;

export type ClientErrorCode = keyof typeof clientErrors;

export interface ClientErrorOptions {
  readonly cause?: unknown;
  readonly retriable?: boolean;
  readonly kafka?: ErrorName;
}

/** An error of the client. `kafka` names the broker's answer when one caused it. */
export class ClientError extends CodedError {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** What it happened to. */
  readonly where: string;

  constructor(code: ClientErrorCode, where: string, options: ClientErrorOptions = {}) {
    super(`${clientErrors[code]} (${where})`, options);
    this.code = code;
    this.where = where;
  }
}

/** The error for a broker's answer. `where` says what was asked for; the broker's own words are added when it has some. */
export function kafkaError(answer: number, where: string, brokerText?: string | null): ClientError {
  const kafka = errorName(answer);
  return answerError(kafka, where, brokerText, errorTable[kafka].retriable);
}

/** The same for an answer that is final here, although others may retry it. */
export function finalError(answer: number, where: string, brokerText?: string | null): ClientError {
  return answerError(errorName(answer), where, brokerText, false);
}

function answerError(kafka: ErrorName, where: string, brokerText: string | null | undefined, retriable: boolean) {
  const { text } = errorTable[kafka];
  const words = brokerText ? `${text}: ${brokerText}` : text;
  return new ClientError('NAGARE_CLIENT_KAFKA', `${where}: ${kafka}. ${words}`, { kafka, retriable });
}

/** The same error for one who has tried long enough. */
export function finalOf(error: ClientError): ClientError {
  return new ClientError(error.code, error.where, { cause: error, kafka: error.kafka as ErrorName });
}

/** The error for a partition whose leader is not known at the moment. */
export function leaderlessError({ topic, partition }: TopicPartition): ClientError {
  const where = `the leader of ${topic}-${partition} is not known`;
  return new ClientError('NAGARE_CLIENT_KAFKA', where, { kafka: 'LEADER_NOT_AVAILABLE', retriable: true });
}

/** Throws unless the answer is that nothing went wrong. */
export function checkAnswer(answer: number, where: string, brokerText?: string | null): void {
  if (answer !== 0) throw kafkaError(answer, where, brokerText);
}

/** Whether the same request may succeed later, maybe elsewhere. */
export function isRetriable(error: unknown): boolean {
  return error instanceof CodedError && error.retriable;
}
