import type { Answer } from './topology-spec.ts';

/** Where ours is meant to differ from Kafka Streams: what, why, and how its answer is changed before it is compared. */
export interface Difference {
  readonly name: string;
  readonly reason: string;
  readonly change: (java: Answer) => Answer;
}

export const differences: readonly Difference[] = [
  {
    name: 'the name of a topic extractor',
    reason: 'Java shows the name of a class, which lambdas make up anew in each run; ours is a function.',
    change: (java) => ({
      ...java,
      describe: java.describe.replace(/extractor class: [^)]*/g, 'extractor class: function'),
    }),
  },
];

/** What ours has to answer, given the answer of Kafka Streams. */
export function expectedOf(java: Answer): Answer {
  return differences.reduce((answer, { change }) => change(answer), java);
}
