import type { Key, Offset } from '../history/event.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import type { HistoryIndex } from './history-index.ts';

/** What a group has committed in the end, by key; a key without an offset is missing. */
export type CommittedOffsets = ReadonlyMap<Key, Offset>;

/** An acknowledged commit is gone: the offset in the end is none that a commit after it, or beside it, could have left. */
export function lostCommits(index: HistoryIndex, committed: CommittedOffsets): Anomaly[] {
  const found: Anomaly[] = [];
  for (const [key, commits] of commitsByKey(index)) {
    // Nothing that had ended before the last of the acknowledged ones began can be what is left.
    const lastStart = Math.max(-1, ...commits.filter(({ type }) => type === 'ok').map(({ invokedAt }) => invokedAt));
    const possible = commits
      .filter(({ completedAt }) => completedAt >= lastStart)
      .map((commit) => offsetIn(commit, key));
    const final = committed.get(key);
    if (lastStart < 0 && final === undefined) continue;
    if (final !== undefined && possible.includes(final)) continue;
    const text = `The offset of key ${key} is ${final}, and only ${possible.join(', ')} may be`;
    found.push({ name: 'lost-commit', key, text, operations: commits.map((commit) => commit.index) });
  }
  return found;
}

/** A commit of an older generation was taken although a member of a newer one had its assignment. */
export function staleCommits(index: HistoryIndex): Anomaly[] {
  const found: Anomaly[] = [];
  const assigned = index.operations.filter(({ kind, generation }) => kind === 'assign' && generation !== undefined);
  for (const commit of index.operations) {
    if (commit.type !== 'ok' || commit.commits.length === 0 || commit.generation === undefined) continue;
    const { generation, invokedAt } = commit;
    const newer = assigned.find((each) => each.completedAt < invokedAt && (each.generation ?? -1) > generation);
    if (newer === undefined) continue;
    const text = `A commit of generation ${generation} was taken after generation ${newer.generation} had begun`;
    found.push({ name: 'stale-commit', text, operations: [newer.index, commit.index] });
  }
  return found;
}

/**
 * Two members were given one partition in one generation.
 *
 * @param memberOf - Tells which member a process is: a static one has many processes, one after the other.
 */
export function twoOwners(index: HistoryIndex, memberOf: (process: number) => string | number): Anomaly[] {
  const found: Anomaly[] = [];
  const owners = new Map<string, Operation>();
  for (const operation of index.operations) {
    if (operation.kind !== 'assign' || operation.generation === undefined) continue;
    for (const key of operation.keys) {
      const place = `${operation.generation} ${key}`;
      const other = owners.get(place);
      owners.set(place, operation);
      if (other === undefined || memberOf(other.process) === memberOf(operation.process)) continue;
      const text = `Key ${key} was given to processes ${other.process} and ${operation.process} in generation ${operation.generation}`;
      found.push({ name: 'two-owners', key, text, operations: [other.index, operation.index] });
    }
  }
  return found;
}

/** A group has committed more than its members were given: records that nobody will process. */
export function commitsAhead(
  index: HistoryIndex,
  committed: CommittedOffsets,
  members: ReadonlySet<number>,
): Anomaly[] {
  const given = new Set<string>();
  for (const { process, reads } of index.operations) {
    if (members.has(process)) for (const { key, offset } of reads) given.add(`${key}:${offset}`);
  }
  const found: Anomaly[] = [];
  for (const [key, end] of committed) {
    for (const offset of index.orders.get(key)?.offsets ?? []) {
      if (offset >= end || given.has(`${key}:${offset}`) || index.mayBeDeleted(key, offset)) continue;
      const text = `Key ${key} is committed up to ${end}, and no member was given offset ${offset}`;
      found.push({ name: 'commit-ahead', key, text });
    }
  }
  return found;
}

function commitsByKey(index: HistoryIndex): Map<Key, Operation[]> {
  const byKey = new Map<Key, Operation[]>();
  for (const operation of index.operations) {
    if (operation.type === 'fail') continue;
    for (const { key } of operation.commits) byKey.set(key, [...(byKey.get(key) ?? []), operation]);
  }
  return byKey;
}

function offsetIn({ commits }: Operation, key: Key): Offset {
  return commits.findLast((commit) => commit.key === key)?.offset as Offset;
}
