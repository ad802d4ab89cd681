/**
 * What the DSL does not have yet, as the interpreter says it. Topologies that use it are compared once it is there; a name
 * that nothing misses any more fails the tier until it is gone from here.
 */
export const pending: readonly string[] = ['ForwardingContext.schedule', 'KTable.transformValues', 'versionedStore'];

const oldValues =
  'Kafka Streams sends the tombstone of a rejected row whose old value nobody asked for; ours knows that there was none';
const changesInOneCommit =
  'a session that is removed and put by one record is one change in our changelog, and two in theirs';

const nullValues =
  'Kafka Streams writes a record without a value to the changelog of a join, where it counts; ours leaves it out';

/** Topologies whose answers are not equal yet, and why. They are not compared. */
export const unequal: Readonly<Record<string, string>> = {
  'count-filtered': oldValues,
  'table-count-of-count': oldValues,
  'windows-filtered': oldValues,
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
  'streams-join-not-logged': nullValues,
  'three-streams': nullValues,
};
