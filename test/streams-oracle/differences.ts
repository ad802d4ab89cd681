import { lifeOf, restored, timeless, waiting, withChangelogs } from './changelogs.ts';
import type { Answer, RunAnswer, TopologySpec } from './topology-spec.ts';

/** What is not compared in any topology: what, why, and how both answers are made alike. */
export interface Difference {
  readonly name: string;
  readonly reason: string;
  readonly hide: (answer: Answer, spec: TopologySpec) => Answer;
}

export const differences: readonly Difference[] = [
  {
    name: 'windows in a store behind a cache, of topologies that are run with one once more',
    reason: 'Kafka Streams shows windows from its cache that have left the store.',
    hide: (answer, { isCachedAgain }) =>
      isCachedAgain === true ? withStores(answer, (row) => !row.startsWith('[')) : answer,
  },
  {
    name: 'the name of a topic extractor',
    reason: 'Java shows the name of a class, which lambdas make up anew in each run; ours is a function.',
    hide: (answer) => ({
      ...answer,
      describe: answer.describe.replace(/extractor class: [^)]*/g, 'extractor class: function'),
    }),
  },
  {
    name: 'the times and the order of keys of changes that suppress() holds back, in its changelog',
    reason:
      'Kafka Streams leaves times to the producer, which takes the wall clock, and the order of a commit to a hash set; ours has the times and the order of the changes.',
    hide: (answer) => withChangelogs(answer, (_, records) => timeless(records)),
  },
  {
    name: 'the times of records that wait in a join with a grace, and those that are taken as soon as they come, in its changelog',
    reason:
      'Kafka Streams leaves times to the producer, and writes a record and its removal where ours, which writes once for each commit, has the removal alone.',
    hide: (answer) =>
      withChangelogs(answer, (topic, records) => (topic.endsWith('-Buffer-changelog') ? waiting(records) : records)),
  },
];

/** An answer with some rows of its stores. */
function withStores(answer: Answer, isKept: (row: string) => boolean): Answer {
  const some = (stores: RunAnswer['stores']) =>
    Object.fromEntries(Object.entries(stores).map(([name, rows]) => [name, rows.filter(isKept)]));
  return { ...answer, runs: answer.runs.map((run) => ({ ...run, stores: some(run.stores) })) };
}

const cleaning =
  'when a segment leaves the store while no window was sent for a while, Kafka Streams loses its windows; ours sends them before';

/** Topologies whose results are meant to differ. Only what they are is compared. */
export const meantToDiffer: Readonly<Record<string, string>> = {
  'tumbling-emit-on-close': cleaning,
  'hopping-emit-on-close': cleaning,
  'sliding-emit-on-close': cleaning,
  'session-emit-on-close': cleaning,
  'stream-table-leftJoin-grace-null-key':
    'a left join with a grace fails in Kafka Streams when a record has no key; ours joins it at once, with nothing, as one without a grace does',
};

const goneFromStore = 'Kafka Streams goes on with windows and sessions from its cache that have left the store';

/** Those that differ as well when they are run with record caches once more; some of them only for a few inputs. */
export const meantToDifferCached: Readonly<Record<string, string>> = {
  'sliding-no-grace': goneFromStore,
  'session-count': goneFromStore,
  'session-count-unnamed': goneFromStore,
  'session-aggregate': goneFromStore,
  'session-aggregate-to-null': goneFromStore,
  'session-no-grace': goneFromStore,
};

/** Why the results of a topology are meant to differ, if they are. */
export function reasonToDiffer({ name, isCachedAgain }: TopologySpec): string | undefined {
  return meantToDiffer[name] ?? (isCachedAgain === true ? meantToDifferCached[name] : undefined);
}

const changesInOneCommit =
  'a session that one record removes and puts again is two records in their changelog, and one in ours';

const refused = 'Kafka Streams writes to the changelog what its store has just refused as older than its retention';

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
  'session-emit-on-close-retained': changesInOneCommit,
  'session-suppress': changesInOneCommit,
  'cogroup-session': changesInOneCommit,
  'cogroup-time': refused,
  'cogroup-sliding': refused,
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
export function comparable(spec: TopologySpec, answer: Answer): Answer {
  return differences.reduce((hidden, { hide }) => hide(hidden, spec), answer);
}

/** An answer as it is compared for a topology. */
export function comparedFor(spec: TopologySpec, answer: Answer): Answer {
  const hidden = comparable(spec, answer);
  if (restoredAlike[spec.name] === undefined) return hidden;
  return withChangelogs(hidden, (topic, records) => restored(records, lifeOf(spec, answer.topics[topic])));
}
