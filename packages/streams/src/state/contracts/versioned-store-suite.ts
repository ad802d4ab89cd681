import { string } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteStore } from '../byte-store.ts';
import { toChangelog } from '../changelog.ts';
import { versionedStore } from '../store-spec.ts';
import { replayVersions } from '../versioned-rows.ts';
import { VersionedStore } from '../versioned-store.ts';
import { WriteBuffer } from '../write-buffer.ts';

const historyMs = 100_000;
const timeoutMs = 120_000;
const spec = versionedStore({ name: 'rows', key: string, value: string, history: historyMs });

interface Put {
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

/** A put, and whether the task commits behind it. */
interface Event extends Put {
  readonly commits: boolean;
}

const event: fc.Arbitrary<Event> = fc.record({
  key: fc.constantFrom('a', 'b'),
  value: fc.option(fc.string({ maxLength: 3 }), { freq: 4 }),
  timestamp: fc.oneof(fc.nat(40), fc.nat(400_000)),
  commits: fc.boolean(),
});

/** What a row should be: the last put of the latest time up to the one that is asked for. */
function rowAt(puts: readonly Put[], key: string, time: number): Put | undefined {
  let row: Put | undefined;
  for (const put of puts) {
    if (put.key === key && put.timestamp <= time && put.timestamp >= (row?.timestamp ?? 0)) row = put;
  }
  return row?.value === null ? undefined : row;
}

/** A versioned store in front of a store of bytes, and what its task does with both. */
function onStore(bytes: ByteStore) {
  const buffer = new WriteBuffer(bytes);
  const drops: string[] = [];
  const store = new VersionedStore<string, string>(spec, buffer, {
    topic: 't',
    drops: { drop: (reason) => void drops.push(reason) },
  });
  const changelog: { key: Buffer; value: Buffer | null; timestamp: number }[] = [];
  const commit = async () => {
    const pending = buffer.pending();
    changelog.push(...(pending.log ?? []).map((entry) => toChangelog(spec, entry)));
    await bytes.write({ ...pending, position: changelog.length });
    buffer.clear();
  };
  return { store, commit, changelog, drops };
}

/** All that can be seen of a key. */
function seen(store: VersionedStore<string, string>, key: string, times: readonly number[]) {
  return { now: store.get(key), versions: [...store.versions(key)], asOf: times.map((time) => store.get(key, time)) };
}

/**
 * What a versioned store must do on every store of bytes. Call it from the test of each implementation.
 *
 * @param open - Gives an empty, ordered one.
 * @param numRuns - How many random histories are tried. Default: 8, for stores that take their time to open.
 */
export function versionedStoreSuite(name: string, open: () => Promise<ByteStore>, numRuns = 8): void {
  const withBytes = async (use: (bytes: ByteStore) => Promise<void>) => {
    const bytes = await open();
    try {
      await use(bytes);
    } finally {
      await bytes.close();
    }
  };

  describe(`${name} keeps versions`, () => {
    test(
      'finds the row of each time of the history, in whatever order rows came',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(event, { maxLength: 25 }), (events) =>
            withBytes(async (bytes) => {
              const { store, commit } = onStore(bytes);
              const taken: Put[] = [];
              let observed = -1;
              for (const { key, value, timestamp, commits } of events) {
                // A deletion at the very time of a row is Kafka Streams' own affair, which has a test of its own.
                if (value === null && taken.some((put) => put.key === key && put.timestamp === timestamp)) continue;
                const outcome = store.put(key, value, timestamp);
                expect(outcome === 'refused').toBe(timestamp < observed - historyMs);
                if (outcome !== 'refused') taken.push({ key, value, timestamp });
                observed = Math.max(observed, timestamp);
                if (commits) await commit();
              }
              const times = taken.map(({ timestamp }) => timestamp).filter((time) => time >= observed - historyMs);
              for (const key of ['a', 'b']) {
                for (const time of [observed, ...times]) {
                  expect(store.get(key, time)?.value).toBe(rowAt(taken, key, time)?.value);
                }
                expect(store.get(key)?.value).toBe(rowAt(taken, key, observed)?.value);
              }
            }),
          ),
          { numRuns },
        );
      },
      timeoutMs,
    );

    test(
      'is restored to the same from its changelog, from the start and from any commit on',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(event, { maxLength: 25 }), fc.nat(25), (events, cut) =>
            withBytes((bytes) =>
              withBytes(async (copy) => {
                const { store, commit, changelog } = onStore(bytes);
                for (const { key, value, timestamp, commits } of events) {
                  store.put(key, value, timestamp);
                  if (commits) await commit();
                }
                await commit();
                for (const part of [changelog.slice(0, cut), changelog.slice(cut)]) {
                  await copy.write({ ...replayVersions(copy, historyMs, part), position: 0 });
                }
                const restored = onStore(copy).store;
                const times = events.map(({ timestamp }) => timestamp);
                for (const key of ['a', 'b']) expect(seen(restored, key, times)).toEqual(seen(store, key, times));
              }),
            ),
          ),
          { numRuns },
        );
      },
      timeoutMs,
    );

    test('has nothing left of a deleted key when its history is over', () =>
      withBytes(async (bytes) => {
        const { store, commit } = onStore(bytes);
        store.put('a', 'row', 1);
        store.put('a', null, 2);
        await commit();
        store.put('b', 'row', 1_000_000);
        await commit();
        expect([...bytes.range()].map(([key]) => key.toString('latin1'))).toEqual(['\x01b', '\x02']);
        expect([...store.versions('a')]).toEqual([]);
      }));
  });
}
