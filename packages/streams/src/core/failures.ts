import { AssertionError } from '@nagare/base';
import { nodeError, StreamsError, type StreamsErrorCode } from '../errors.ts';
import type { DropReason } from '../operators/define-operator.ts';
import { noHeaders, type RawRecord, type RecordMetadata } from '../record.ts';
import type { CallOrigin } from './async-calls.ts';
import { type DeserializationDecision, deadLetter } from './deserialization.ts';
import type { OutputRecord } from './output.ts';
import type { Retries } from './retries.ts';

/** What to do about a record that something failed with: end the application, drop the record, or keep it aside. */
export type ErrorDecision = DeserializationDecision;

/**
 * The record that was being processed, as it was read. A punctuation has none: its topic is empty, its partition and offset
 * are -1, its timestamp is the time of the punctuation.
 */
export interface FailedRecord extends RawRecord, RecordMetadata {
  readonly taskId: string;
  /** The node that failed. */
  readonly node: string;
  /** The topic that a result was to be written to; undefined when it did not get that far. */
  readonly target: string | undefined;
}

/** Decides about one record. */
export type ErrorHandler = (error: unknown, record: FailedRecord) => ErrorDecision;

/** What is done about records that functions of the application fail with, and about results that cannot be written. */
export interface ErrorPolicy {
  readonly processing: ErrorHandler;
  readonly production: ErrorHandler;
  /** The topic of dead letters, which must exist. */
  readonly deadLetterTopic: string | undefined;
  /** Why the topic of a record would not take it; undefined when it would. */
  readonly refusalOf?: (record: OutputRecord) => Error | undefined;
}

/** Who is told of records that do not end the task. */
export interface FailureEnds {
  dropped(reason: DropReason): void;
  output(record: OutputRecord): void;
  /** Brings records back that processing fails for. */
  readonly retries: Pick<Retries, 'next' | 'firstRead'>;
}

const failing: ErrorPolicy = { processing: () => 'fail', production: () => 'fail', deadLetterTopic: undefined };

/** What went wrong in a task: the first failure that cannot be borne ends it. */
export class Failures {
  readonly #policy: ErrorPolicy;
  readonly #ends: FailureEnds;
  #first: StreamsError | undefined;

  constructor(policy: ErrorPolicy = failing, ends: FailureEnds) {
    this.#policy = policy;
    this.#ends = ends;
  }

  get hasFailed(): boolean {
    return this.#first !== undefined;
  }

  throwFirst(): void {
    if (this.#first !== undefined) throw this.#first;
  }

  /** Ends the task, if nothing has done so before. */
  end(error: unknown, where: string): void {
    this.#first ??= nodeError(error, where);
  }

  /** Asks what to do about an error, and does it. False when the task ends. */
  bear(error: unknown, kind: 'processing' | 'production', failed: FailedRecord, decide = this.#policy[kind]): boolean {
    if (this.#first !== undefined) return false;
    const isBorne =
      isAboutRecord(error) && (this.#isRetried(error, kind, failed) || this.#isBorne(error, kind, failed, decide));
    if (isBorne) return true;
    const { node, topic, partition, offset } = this.#ends.retries.firstRead(failed);
    this.end(error, topic === '' ? node : `${node}, ${topic}-${partition} at offset ${offset}`);
    return false;
  }

  #isRetried(error: unknown, kind: 'processing' | 'production', record: FailedRecord): boolean {
    if (kind === 'production') return false;
    try {
      const again = this.#ends.retries.next(error, record);
      if (again !== undefined) this.#ends.output(again);
      return again !== undefined;
    } catch (thrown) {
      this.end(thrown, 'retry');
      return false;
    }
  }

  #isBorne(error: unknown, kind: 'processing' | 'production', failed: FailedRecord, decide: ErrorHandler): boolean {
    if (this.hasFailed) return false;
    const record = this.#ends.retries.firstRead(failed);
    try {
      const decision = decide(error, record);
      if (decision === 'fail') return false;
      if (decision === 'dead-letter') this.#ends.output(deadLetter(error, record, this.#policy));
      this.#ends.dropped(kind);
      return true;
    } catch (thrown) {
      this.end(thrown, `the handler of ${kind} errors`);
      return false;
    }
  }
}

const noRecord: RawRecord = { key: null, value: null, timestamp: -1, offset: -1, headers: noHeaders };
const nowhere: RecordMetadata = { topic: '', partition: -1, offset: -1 };

/** What a store or this package itself says is not about the record, but for these. */
const aboutRecords: ReadonlySet<StreamsErrorCode> = new Set<StreamsErrorCode>([
  'NAGARE_STREAMS_CALL_TIMEOUT',
  'NAGARE_STREAMS_RECORD_REFUSED',
]);

function isAboutRecord(error: unknown): boolean {
  if (error instanceof StreamsError) return aboutRecords.has(error.code);
  return !(error instanceof AssertionError);
}

/** What is known of a record when something fails with it. */
export function failedRecord(
  { source, raw = noRecord, timestampMs: timestamp }: CallOrigin,
  where: Pick<FailedRecord, 'taskId' | 'node' | 'target'>,
): FailedRecord {
  const at = source.topic === '' ? nowhere : source;
  return { ...raw, ...at, timestamp, ...where };
}
