import { type Duration, durationMs } from '../duration.ts';
import { type RetryPlan, retryTopic } from '../topology/retry-plan.ts';

/** How records come back that a function of the application threw for. */
export interface RetryOptions {
  /** How long a record waits before each further attempt: three delays, four attempts in all. */
  readonly delays: readonly Duration[];
  /** Whether an error is worth another attempt. Default: every error is. */
  readonly when?: (error: unknown) => boolean;
}

/** How many topics a source may have for its retries. */
const attemptsMax = 20;

/** @throws {RangeError} Without a delay, or with too many. */
export function retryPlan(topics: readonly string[], { delays, when = () => true }: RetryOptions): RetryPlan {
  if (delays.length === 0 || delays.length > attemptsMax)
    throw new RangeError(`retry needs 1 to ${attemptsMax} delays, got ${delays.length}`);
  const chains = topics.map((topic) => [topic, ...delays.map((_, at) => retryTopic(topic, at + 1))]);
  return { delaysMs: delays.map((delay) => durationMs(delay, 'delay')), when, chains };
}
