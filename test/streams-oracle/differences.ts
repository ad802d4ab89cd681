import type { Answer, RunAnswer, TopologySpec, WrittenRecord } from './topology-spec.ts';

/** What is not compared in any topology: what, why, and how both answers are made alike. */
export interface Difference {
  readonly name: string;
  readonly reason: string;
  readonly hide: (answer: Answer) => Answer;
}

export const differences: readonly Difference[] = [
  {
    name: 'the name of a topic extractor',
    reason: 'Java shows the name of a class, which lambdas make up anew in each run; ours is a function.',
    hide: (answer) => ({
      ...answer,
      describe: answer.describe.replace(/extractor class: [^)]*/g, 'extractor class: function'),
    }),
  },
  {
    name: 'the time of a change that suppress() holds back, in its changelog',
    reason: 'Kafka Streams leaves it to the producer, which takes the wall clock; ours has the time of the record.',
    hide: (answer) => withChangelogs(answer, timeless),
  },
];

const cleaning =
  'when a segment leaves the store while no window was sent for a while, Kafka Streams loses its windows; ours sends them before';

/** Topologies whose results are meant to differ. Only what they are is compared. */
export const meantToDiffer: Readonly<Record<string, string>> = {
  'tumbling-emit-on-close': cleaning,
  'hopping-emit-on-close': cleaning,
  'sliding-emit-on-close': cleaning,
};

const changesInOneCommit =
  'a session that one record removes and puts again is two records in their changelog, and one in ours';

const nullValues =
  'Kafka Streams writes to the changelog of a join a tombstone of a key that never was, for each record without a value';

/** Topologies whose changelogs are compared by the rows that a restore finds in them, and why; all the rest is compared. */
export const restoredAlike: Readonly<Record<string, string>> = {
  'session-count': changesInOneCommit,
  'session-count-unnamed': changesInOneCommit,
  'session-reduce': changesInOneCommit,
  'session-aggregate': changesInOneCommit,
  'session-aggregate-to-null': changesInOneCommit,
  'session-no-grace': changesInOneCommit,
  'session-by': changesInOneCommit,
  'session-emit-on-close': changesInOneCommit,
  'session-suppress': changesInOneCommit,
  'cogroup-session': changesInOneCommit,
  'streams-join': nullValues,
  'streams-join-named': nullValues,
  'streams-join-no-grace': nullValues,
  'streams-join-before': nullValues,
  'streams-join-after': nullValues,
  'streams-join-repartitioned': nullValues,
  'streams-leftJoin': nullValues,
  'streams-leftJoin-named': nullValues,
  'streams-leftJoin-no-grace': nullValues,
  'streams-leftJoin-before': nullValues,
  'streams-leftJoin-after': nullValues,
  'streams-leftJoin-repartitioned': nullValues,
  'streams-outerJoin': nullValues,
  'streams-outerJoin-named': nullValues,
  'streams-outerJoin-no-grace': nullValues,
  'streams-outerJoin-before': nullValues,
  'streams-outerJoin-after': nullValues,
  'streams-outerJoin-repartitioned': nullValues,
  'streams-join-itself': nullValues,
  'three-streams': nullValues,
};

/** An answer without what is meant to differ in all topologies. */
export function comparable(answer: Answer): Answer {
  return differences.reduce((hidden, { hide }) => hide(hidden), answer);
}

/** An answer as it is compared for a topology. */
export function comparedFor(spec: TopologySpec, answer: Answer): Answer {
  const hidden = comparable(answer);
  return restoredAlike[spec.name] === undefined ? hidden : withChangelogs(hidden, (_, records) => restored(records));
}

type ChangeRecords = (topic: string, records: readonly WrittenRecord[]) => readonly WrittenRecord[];

function withChangelogs(answer: Answer, change: ChangeRecords): Answer {
  const inTopics = ({ topics, ...run }: RunAnswer): RunAnswer => {
    const changed = Object.entries(topics).map(([name, records]) => {
      return [name, name.endsWith('-changelog') ? change(name, records) : records] as const;
    });
    return { ...run, topics: Object.fromEntries(changed) };
  };
  return { ...answer, runs: answer.runs.map(inTopics) };
}

/** A buffer's changelog is known by its records' version header; its tombstones are told by standing among them. */
function timeless(_topic: string, records: readonly WrittenRecord[]): readonly WrittenRecord[] {
  if (!records.some(([, , , ...headers]) => headers.includes('v=03'))) return records;
  return records.map(([key, value, , ...headers]): WrittenRecord => [key, value, -1, ...headers]);
}

/** The last record of each key that has a value. */
function restored(records: readonly WrittenRecord[]): readonly WrittenRecord[] {
  const last = new Map(records.map((record) => [record[0], record]));
  return [...last.values()].filter(([, value]) => value !== null).sort(([a], [b]) => (`${a}` < `${b}` ? -1 : 1));
}
