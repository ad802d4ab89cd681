import type { Key, Offset, Value } from '../history/event.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import type { CommittedOffsets } from './group-offsets.ts';
import type { HistoryIndex } from './history-index.ts';

/**
 * Counts in how many committed transactions of a group each input was consumed: exactly one for those below the
 * committed offset, none above.
 */
export function consumedOnce(
  index: HistoryIndex,
  { committed, inputs }: { readonly committed: CommittedOffsets; readonly inputs: ReadonlySet<Key> },
): Anomaly[] {
  const consumers = consumersOf(index, inputs);
  const found: Anomaly[] = [];
  for (const [place, operations] of consumers) {
    if (operations.length < 2) continue;
    const text = `Offset ${place} was consumed by ${operations.length} committed transactions`;
    found.push({ name: 'consumed-twice', text, operations: operations.map((operation) => operation.index) });
  }
  for (const key of inputs) {
    const end = committed.get(key) ?? 0;
    for (const offset of index.orders.get(key)?.offsets ?? []) {
      const isConsumed = consumers.has(`${key}:${offset}`);
      if (offset < end === isConsumed || index.mayBeDeleted(key, offset)) continue;
      const text = isConsumed
        ? `Offset ${offset} of key ${key} was consumed, and ${end} is committed`
        : `Offset ${offset} of key ${key} is below the committed ${end}, and in no committed transaction`;
      found.push({ name: 'not-consumed', key, text });
    }
  }
  return found;
}

function consumersOf(index: HistoryIndex, inputs: ReadonlySet<Key>): Map<string, Operation[]> {
  const consumers = new Map<string, Operation[]>();
  for (const operation of index.operations) {
    if (operation.kind !== 'txn' || !isCommitted(index, operation)) continue;
    for (const { key, offset } of operation.reads) {
      if (!inputs.has(key)) continue;
      const place = `${key}:${offset}`;
      consumers.set(place, [...(consumers.get(place) ?? []), operation]);
    }
  }
  return consumers;
}

function isCommitted(index: HistoryIndex, { type, sends }: Operation): boolean {
  return type === 'ok' || (type === 'info' && sends.some(({ value }) => index.seenCommitted.has(value)));
}

/** A record that a transform wrote, and the input that it says it was made of. */
export interface Output {
  readonly key: Key;
  readonly value: Value;
  readonly from: { readonly key: Key; readonly offset: Offset };
}

/**
 * The committed outputs are the function of the inputs below the committed offsets: of each input exactly one, in the
 * order of the inputs of a partition.
 */
export function outputsOfInputs(options: {
  readonly inputs: ReadonlyMap<Key, readonly Offset[]>;
  readonly committed: CommittedOffsets;
  /** As they stand in the log, partition by partition. */
  readonly outputs: readonly Output[];
}): Anomaly[] {
  const made = new Map<Key, Offset[]>();
  for (const { from } of options.outputs) made.set(from.key, [...(made.get(from.key) ?? []), from.offset]);
  const found: Anomaly[] = [];
  for (const [key, offsets] of options.inputs) {
    const expected = offsets.filter((offset) => offset < (options.committed.get(key) ?? 0));
    const actual = made.get(key) ?? [];
    const place = expected.findIndex((offset, index) => actual[index] !== offset);
    if (place < 0 && actual.length === expected.length) continue;
    const at = place < 0 ? expected.length : place;
    const text = `Output ${at} of key ${key} is made of ${actual[at]}, and should be of ${expected[at]}`;
    found.push({ name: 'wrong-output', key, text });
  }
  return found;
}

/** The amounts of all committed transfers: what leaves one account comes to another, so they add up to nothing. */
export function moneyLost(amounts: readonly number[]): Anomaly[] {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  return sum === 0 ? [] : [{ name: 'money-lost', text: `${amounts.length} amounts add up to ${sum}, and not to 0` }];
}
