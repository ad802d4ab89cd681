import { type ErrorName, errorCode } from '@nagare/protocol';
import type { ShardStep, Turn } from '../shard.ts';
import type { Answer } from '../step.ts';
import type { GroupRecord } from './group-record.ts';
import type { GroupSettings } from './group-settings.ts';

/**
 * The longest name, in UTF-16 units, that goes into a record: with a UUID behind it, it still fits into the 32,767 bytes
 * of a stored string. Requests can carry longer ones.
 */
export const nameLengthMax = 10_000;

export type GroupStep<Reply> = ShardStep<GroupRecord, Reply>;

/** An answer that says no more than how it went. */
export interface ErrorReply {
  readonly errorCode: number;
}

/** One turn of the coordinator while it is being decided: what came in, and what is to go out. */
export class Work {
  readonly ticket: number;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly settings: GroupSettings;
  readonly records: GroupRecord[] = [];
  readonly answers: Answer[] = [];
  /** When the coordinator is to be woken again, whatever its groups ask for. */
  wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(turn: Turn, settings: GroupSettings) {
    this.ticket = turn.ticket;
    this.nowMs = turn.nowMs;
    this.wallMs = turn.wallMs;
    this.settings = settings;
  }

  /** Asks for another turn as soon as the records of this one are replayed. */
  followUp(): void {
    this.wakeAtMs = this.nowMs;
  }

  /** Answers the request of this turn, or one that has been waiting. */
  answer(response: unknown, ticket: number = this.ticket): void {
    this.answers.push({ ticket, response });
  }

  /** Answers the request of this turn with how it went and nothing else. */
  answerCode(error: ErrorName): void {
    this.answers.push({ ticket: this.ticket, response: { errorCode: errorCode[error] } satisfies ErrorReply });
  }
}
