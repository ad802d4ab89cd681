import type { ErrorName } from '@nagare/protocol';
import type { Work } from '../work.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConsumerGroupTimings } from './consumer-settings.ts';
import type { TopicPatterns } from './topic-pattern.ts';

/** What a step on a consumer group happens in. */
export interface Scene {
  readonly work: Work;
  /** The topics as of now. */
  readonly topics: ClusterView;
  readonly patterns: TopicPatterns;
  /** What the group goes by. */
  readonly timings: ConsumerGroupTimings;
}

/** Why a request is not served. */
export interface Refusal {
  readonly error: ErrorName;
  readonly message: string;
}

export function refusal(error: ErrorName, message: string): Refusal {
  return { error, message };
}

export function isRefusal(value: object): value is Refusal {
  return 'error' in value;
}
