/** How often, when and for what records of a source come back that processing has failed for. */
export interface RetryPlan {
  /** How long a record waits before each further attempt. */
  readonly delaysMs: readonly number[];
  /** Whether an error is worth another attempt. */
  readonly when: (error: unknown) => boolean;
  /** For each topic of the source: it, and then one topic for each further attempt. */
  readonly chains: readonly (readonly string[])[];
}

/** The topic in which records of another one wait for a further attempt, without the application. */
export function retryTopic(topic: string, attempt: number): string {
  return `${topic}-retry-${attempt}`;
}
