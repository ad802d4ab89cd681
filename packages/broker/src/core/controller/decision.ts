import type { ErrorName } from '@nagare/protocol';
import type { MetadataRecord } from './records.ts';

/**
 * What the controller decides about a command: the records to append, and the answer once they are committed. It is the
 * controller's form of a step: every command is answered by its own step, and none asks to be woken.
 */
export interface Decision<Response> {
  readonly records: readonly MetadataRecord[];
  readonly response: Response;
  /** The level to which the quorum's own protocol is to be raised; undefined leaves it. */
  readonly kraftVersion?: number | undefined;
}

/** How one part of a command ended: `NONE`, or Kafka's error with a sentence for the user. */
export interface Outcome {
  readonly error: ErrorName;
  readonly message: string | null;
}

export type Refusal = Outcome;

export const accepted: Outcome = Object.freeze({ error: 'NONE', message: null });

export function refusal(error: ErrorName, message: string): Refusal {
  return { error, message };
}

/** The most records that one command may write. A request for two billion partitions must not fill the memory. */
export const recordsMax = 10_000;

/** Kafka's answer to a command that would write more. */
export const tooManyRecords: Refusal = refusal(
  'POLICY_VIOLATION',
  'Excessively large number of partitions per request.',
);
