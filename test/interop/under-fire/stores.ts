import { type Client, partitionForKey } from '@nagare/client';
import { waitFor } from '../../tools/wait.ts';
import { type Committed, CommittedReader, placesOf } from './committed-reader.ts';
import type { InputRecord } from './load.ts';
import { Sender } from './load.ts';
import { type Reference, rowsOf } from './reference.ts';
import {
  type AskedStore,
  answers,
  applicationId,
  askedStores,
  partitions,
  questionsOf,
  windowKey,
} from './topology.ts';

const changelogOf = (store: string) => `${applicationId}-${store}-changelog`;
const windowStartBytes = 8;
const sequenceBytes = 4;

/** Folds the changelogs of the stores and says where they differ from what must be in them. */
export async function changelogDifferences(
  client: Client,
  reference: Reference,
  load: readonly InputRecord[],
): Promise<string[]> {
  const ofStores = askedStores.map(async (store) => {
    const rows = new Map<string, string>();
    for (const { key, value } of (await committed(client, store)).values()) {
      if (value !== null)
        rows.set(keyIn(store, key), store === 'clicks-of-item' ? `${value.readBigInt64BE()}` : `${value}`);
    }
    return rowDifferences(`changelog of ${store}`, rows, rowsOf(reference, store));
  });
  const ofJoin = (['orders', 'payments'] as const).map(async (topic) => {
    const side = topic === 'orders' ? 'this' : 'other';
    const kept = await committed(client, `orders-payments-${side}-join-store`);
    const values = [...kept.values()].map(({ key, value }) => `${value} at ${timeIn(key)}`);
    const must = load
      .filter((record) => record.topic === topic)
      .map(({ value, timestamp }) => `${value} at ${timestamp}`);
    const same = values.length === must.length && values.sort().join() === must.sort().join();
    return same ? [] : [`changelog of ${topic}: ${values.length} records of ${must.length}`];
  });
  return (await Promise.all([...ofStores, ...ofJoin])).flat();
}

/** Asks the stores of the running application for every key that they must have, and says what is wrong with the answers. */
export async function storeDifferences(client: Client, reference: Reference, round: string): Promise<string[]> {
  const timestamp = Date.now();
  const expected = new Map<string, string>();
  const questions: (Omit<InputRecord, 'topic'> & { readonly topic: string; readonly partition: number })[] = [];
  for (const store of askedStores) {
    for (const [key, value] of rowsOf(reference, store)) {
      expected.set(`${store} ${key}`, value);
      // A window lies where its user does.
      const partition = partitionForKey(Buffer.from(key.split('@')[0] as string), partitions);
      questions.push({ topic: questionsOf(store), key, value: round, timestamp, partition });
    }
  }
  await using sender = new Sender(client);
  await sender.send(questions);
  await using reader = new CommittedReader(client, placesOf([answers], partitions));
  const found = new Map<string, string>();
  await waitFor(
    async () => {
      await reader.readOn(({ key, value }) => {
        const [of, ...rest] = `${value}`.split(' ');
        if (of === round) found.set(`${key}`, rest.join(' '));
      });
      return found.size >= expected.size ? true : undefined;
    },
    { what: `answers of ${expected.size} keys`, timeoutMs: 180_000 + expected.size, everyMs: 100 },
  );
  return rowDifferences(`stores in the round ${round}`, found, expected);
}

/** What is last in a changelog for each key. A key lies in one partition, or in several as keys of their own. */
async function committed(client: Client, store: string): Promise<ReadonlyMap<string, Committed>> {
  await using reader = new CommittedReader(client, placesOf([changelogOf(store)], partitions));
  const rows = new Map<string, Committed>();
  await reader.readAll((record) => void rows.set(`${record.partition} ${record.key.toString('hex')}`, record));
  return rows;
}

function keyIn(store: AskedStore, key: Buffer): string {
  if (store !== 'amounts') return `${key}`;
  const start = Number(key.readBigInt64BE(key.length - windowStartBytes - sequenceBytes));
  return windowKey(`${key.subarray(0, -windowStartBytes - sequenceBytes)}`, start);
}

/** The time of a record that a join keeps. */
function timeIn(key: Buffer): number {
  return Number(key.readBigInt64BE(key.length - windowStartBytes - sequenceBytes));
}

function rowDifferences(
  what: string,
  found: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): string[] {
  const keys = new Set([...found.keys(), ...expected.keys()]);
  return [...keys]
    .filter((key) => found.get(key) !== expected.get(key))
    .map((key) => `${what}: ${key} is ${found.get(key)} instead of ${expected.get(key)}`);
}
