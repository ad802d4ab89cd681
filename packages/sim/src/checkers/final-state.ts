import type { Key, Offset } from '../history/event.ts';
import type { Anomaly } from './anomaly.ts';

/** What a compacted partition must still say, and what it says. */
export interface CompactedPartition {
  readonly key: Key;
  /** The committed records in their order; null is a tombstone. */
  readonly written: readonly { readonly name: string; readonly value: string | null; readonly offset: Offset }[];
  /** What a reader from the first record on finds. */
  readonly found: readonly { readonly name: string; readonly value: string | null; readonly offset: Offset }[];
  /** Names that somebody may have deleted without being told that it was done. */
  readonly maybeDeleted?: ReadonlySet<string>;
}

/** After compaction the last value of each name is the last that was committed; all that is there was written there. */
export function compactedWrong({ key, written, found, maybeDeleted }: CompactedPartition): Anomaly[] {
  const anomalies: Anomaly[] = [];
  const add = (text: string) => anomalies.push({ name: 'compacted-wrong', key, text });
  const byOffset = new Map(written.map((record) => [record.offset, record]));
  let before = -1;
  for (const { name, value, offset } of found) {
    const original = byOffset.get(offset);
    if (original?.name !== name || original.value !== value) {
      add(`Offset ${offset} holds ${name}=${value}, and ${original?.name}=${original?.value} was written`);
    }
    if (offset <= before) add(`Offset ${offset} comes after ${before}`);
    before = offset;
  }
  const last = lastValues(written);
  const left = lastValues(found);
  for (const [name, value] of last) {
    // A tombstone may be gone with all that it buried.
    const actual = left.get(name) ?? null;
    if (actual === null && maybeDeleted?.has(name)) continue;
    if (actual !== value) add(`The last value of ${name} is ${actual}, and ${value} was written last`);
  }
  return anomalies;
}

function lastValues(
  records: readonly { readonly name: string; readonly value: string | null }[],
): Map<string, string | null> {
  return new Map(records.map(({ name, value }) => [name, value]));
}

/** What a log gives when it is replayed is what the live coordinator says. */
export function replayDiffers(
  what: string,
  replayed: ReadonlyMap<string, number>,
  live: ReadonlyMap<string, number>,
): Anomaly[] {
  const names = new Set([...replayed.keys(), ...live.keys()]);
  return [...names]
    .filter((name) => replayed.get(name) !== live.get(name))
    .map((name) => ({
      name: 'replay-differs',
      text: `${what} of ${name}: ${replayed.get(name)} by the log, ${live.get(name)} by the coordinator`,
    }));
}

/** What a system looks like when nothing goes on any more. */
export interface FinalState {
  readonly ends: readonly { readonly key: Key; readonly latest: Offset; readonly stable: Offset }[];
  readonly groups: readonly { readonly groupId: string; readonly state: string }[];
}

/** Some transaction hangs, or some group has not come to rest. */
export function notQuiet({ ends, groups }: FinalState): Anomaly[] {
  const hanging = ends
    .filter(({ latest, stable }) => latest !== stable)
    .map(({ key, latest, stable }): Anomaly => {
      return { name: 'not-quiet', key, text: `Key ${key} is stable up to ${stable} of ${latest}` };
    });
  const moving = groups
    .filter(({ state }) => !['Stable', 'Empty', 'Dead'].includes(state))
    .map(({ groupId, state }): Anomaly => ({ name: 'not-quiet', text: `Group ${groupId} is ${state}` }));
  return [...hanging, ...moving];
}

/** What was asked of topics and acknowledged is so: `true` for those that must be there, `false` for those that must not. */
export function metadataLost(expected: ReadonlyMap<string, boolean>, listed: ReadonlySet<string>): Anomaly[] {
  return [...expected]
    .filter(([topic, isThere]) => listed.has(topic) !== isThere)
    .map(([topic, isThere]) => ({
      name: 'metadata-lost',
      text: `Topic ${topic} ${isThere ? 'was created and is not there' : 'was deleted and is there'}`,
    }));
}
