import type { Key } from '../history/event.ts';

/** What can be wrong with a history. Names are those of Jepsen where it has one. */
export type AnomalyName =
  | 'phantom'
  | 'inconsistent-offsets'
  | 'duplicate'
  | 'G1a'
  | 'precommitted-read'
  | 'lost-write'
  | 'unseen'
  | 'int-poll-skip'
  | 'int-nonmonotonic-poll'
  | 'poll-skip'
  | 'nonmonotonic-poll'
  | 'int-send-skip'
  | 'int-nonmonotonic-send'
  | 'nonmonotonic-send'
  | 'G0'
  | 'G0-process'
  | 'G0-realtime'
  | 'G1c'
  | 'G1c-process'
  | 'G1c-realtime'
  | 'realtime-order'
  | 'nonmonotonic-ends'
  | 'lost-commit'
  | 'stale-commit'
  | 'two-owners'
  | 'commit-ahead'
  | 'consumed-twice'
  | 'not-consumed'
  | 'wrong-output'
  | 'money-lost'
  | 'compacted-wrong'
  | 'replay-differs'
  | 'metadata-lost'
  | 'not-quiet'
  | 'not-live'
  | 'broken-invariant';

/** One thing that is wrong, with what a reader needs to find it in the history. */
export interface Anomaly {
  readonly name: AnomalyName;
  readonly text: string;
  readonly key?: Key;
  /** The operations that show it, by index. */
  readonly operations?: readonly number[];
  /** True for what a correct system may show: it is counted, and is no error. */
  readonly isAllowed?: boolean;
}
