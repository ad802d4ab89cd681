import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform } from '@nagare/base/node';
import { int64, string } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openStore } from '../core/open-store.ts';
import type { TaskStore } from '../core/task.ts';
import { StreamsError } from '../errors.ts';
import { LevelStore } from '../state/level.ts';
import { MemoryStore } from '../state/memory.ts';
import type { KeyValueStore, SessionStore, VersionedKeyValueStore, WindowStore } from '../state/store.ts';
import {
  isOrdered,
  keyValueStore,
  type StoreSpec,
  sessionStore,
  versionedStore,
  windowStore,
} from '../state/store-spec.ts';
import { WriteBuffer } from '../state/write-buffer.ts';
import { answer } from './answer.ts';
import type { Ask, Page, RawRow } from './ask.ts';
import { readAsk, readPage, writeAsk, writePage } from './wire.ts';

const serdes = { key: string, value: int64 };
const rows = keyValueStore({ name: 'rows', ...serdes, ranges: true });
const unordered = keyValueStore({ name: 'unordered', ...serdes });
const windows = windowStore({ name: 'windows', ...serdes, retention: '1h', windowSize: '1m' });
const sessions = sessionStore({ name: 'sessions', ...serdes, retention: '1h' });
const versions = versionedStore({ name: 'versions', ...serdes, history: '1h' });

/** A store of a task that writes to it, and what is asked of it. */
function opened(spec: StoreSpec) {
  const kept = new MemoryStore({ ordered: isOrdered(spec) });
  const store: TaskStore = { spec, buffer: new WriteBuffer(kept), changelogTopic: 'changelog' };
  const observed = { ms: -1 };
  const owner = { timestampMs: 7, drop: () => undefined, observedTime: () => observed };
  return {
    written: openStore(store, owner) as unknown,
    ask: (ask: Ask): Page =>
      readPage(writePage(answer(store, observed, readAsk(writeAsk({ store: spec.name, partition: 0, ask })).ask))),
    commit: async () => {
      await kept.write({ ...store.buffer.pending(), position: 1 });
      store.buffer.clear();
    },
  };
}

const bytes = (text: string) => Buffer.from(text);
const readRow = ({ key, value, timestamp, window, validTo }: RawRow) => ({
  ...{ key: key.toString(), value: int64.deserialize('', value), timestamp },
  ...(window === undefined ? {} : { window }),
  ...(validTo === undefined ? {} : { validTo }),
});

/** All pages of a question, as one. */
function pages(askFor: (after: Buffer | undefined) => Page) {
  const all: ReturnType<typeof readRow>[] = [];
  let after: Buffer | undefined;
  for (let pages = 1; pages <= 1_000; pages += 1) {
    const page = askFor(after);
    all.push(...page.rows.map(readRow));
    after = page.next;
    if (after === undefined) return all;
  }
  throw new Error('the pages have no end');
}

const puts = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'aa', 'b', 'c', 'ca'),
    value: fc.option(fc.integer({ min: 0, max: 99 })),
    at: fc.integer({ min: 0, max: 90 }).map((minute) => minute * 60_000),
    commits: fc.boolean(),
  }),
  { maxLength: 30 },
);
const limits = fc.integer({ min: 1, max: 4 });

describe('the answer from a store', () => {
  test('shows rows as they were put, committed or not, page by page', async () => {
    const run = async (
      made: readonly { key: string; value: number | null; at: number; commits: boolean }[],
      limit: number,
    ) => {
      const { written, ask, commit } = opened(rows);
      const store = written as KeyValueStore<string, number>;
      const fold = new Map<string, { value: number; timestamp: number }>();
      for (const { key, value, at, commits } of made) {
        if (value === null) store.delete(key);
        else store.put(key, value, at);
        if (value === null) fold.delete(key);
        else fold.set(key, { value, timestamp: at });
        if (commits) await commit();
      }
      const expected = [...fold].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, row]) => ({ key, ...row }));
      const range = { kind: 'range', from: undefined, to: undefined } as const;
      expect(pages((after) => ask({ ...range, after, limit }))).toEqual(expected);
      for (const key of ['a', 'c', 'x']) {
        const found = ask({ kind: 'get', key: bytes(key) }).rows.map(readRow);
        expect(found).toEqual(expected.filter((row) => row.key === key));
      }
      const [from, to] = [bytes('aa'), bytes('c')];
      const between = pages((after) => ask({ kind: 'range', from, to, after, limit }));
      expect(between).toEqual(expected.filter(({ key }) => key >= 'aa' && key <= 'c'));
    };
    await fc.assert(fc.asyncProperty(puts, limits, run));
  });

  test('shows the same rows at every moment of a commit to a store on disk', async () => {
    const path = mkdtempSync(join(tmpdir(), 'nagare-queries-'));
    const kept = await LevelStore.open({
      path: join(path, 'store'),
      disk: nodePlatform().disk,
      identity: 'test',
      ordered: true,
    });
    const store: TaskStore = { spec: rows, buffer: new WriteBuffer(kept), changelogTopic: 'changelog' };
    const written = openStore(store, { timestampMs: 7, drop: () => undefined, observedTime: () => ({ ms: -1 }) });
    const keyed = written as unknown as KeyValueStore<string, number>;
    const all = () => {
      const ask: Ask = { kind: 'range', from: undefined, to: undefined, after: undefined, limit: 1_000 };
      return answer(store, { ms: -1 }, ask).rows.map(readRow);
    };
    for (let round = 0; round < 5; round += 1) {
      for (let key = 0; key < 100; key += 1) {
        if ((key + round) % 7 === 0) keyed.delete(`k${key}`);
        else keyed.put(`k${key}`, round);
      }
      const expected = all();
      let isWritten = false;
      const writing = kept.write({ ...store.buffer.pending(), position: round }).then(() => {
        isWritten = true;
      });
      while (!isWritten) {
        expect(all()).toEqual(expected);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      expect(all()).toEqual(expected);
      store.buffer.clear();
      expect(all()).toEqual(expected);
    }
    await kept.close();
    rmSync(path, { recursive: true, force: true });
  });

  test('shows windows as the store itself does, page by page', async () => {
    const run = async (
      made: readonly { key: string; value: number | null; at: number; commits: boolean }[],
      limit: number,
    ) => {
      const { written, ask, commit } = opened(windows);
      const store = written as WindowStore<string, number>;
      for (const { key, value, at, commits } of made) {
        store.put(key, value, at, at + 5);
        if (commits) await commit();
      }
      const [from, to] = [10 * 60_000, 80 * 60_000];
      const all = pages((after) => ask({ kind: 'all-windows', from, to, after, limit }));
      expect(all).toEqual([...store.fetchAll(from, to)]);
      const ofKey = pages((after) => ask({ kind: 'windows', key: bytes('a'), from, to, after, limit }));
      expect(ofKey).toEqual([...store.fetch('a', from, to)]);
      const one = store.fetch('a', 60_000);
      const found = ask({ kind: 'window', key: bytes('a'), start: 60_000 }).rows.map(readRow);
      expect(found.map(({ value, timestamp }) => ({ value, timestamp }))).toEqual(one === undefined ? [] : [one]);
    };
    await fc.assert(fc.asyncProperty(puts, limits, run));
  });

  test('ends windows that are longer than time is with the last time there is, as the store itself does', () => {
    const spec = windowStore({
      name: 'windows',
      ...serdes,
      retention: Number.MAX_SAFE_INTEGER,
      windowSize: Number.MAX_SAFE_INTEGER,
    });
    const { written, ask } = opened(spec);
    const store = written as WindowStore<string, number>;
    store.put('a', 1, 60_000, 60_005);
    const [row] = ask({ kind: 'window', key: bytes('a'), start: 60_000 }).rows;
    expect(row?.window).toEqual({ start: 60_000, end: Number.MAX_SAFE_INTEGER });
    expect([...store.fetch('a', 0, 60_000)].map(({ window }) => window)).toEqual([row?.window]);
  });

  test('shows sessions as the store itself does, page by page', async () => {
    const run = async (
      made: readonly { key: string; value: number | null; at: number; commits: boolean }[],
      limit: number,
    ) => {
      const { written, ask, commit } = opened(sessions);
      const store = written as SessionStore<string, number>;
      for (const { key, value, at, commits } of made) {
        if (value === null) store.remove(key, at, at + 1_000);
        else store.put(key, value, at, at + 1_000);
        if (commits) await commit();
      }
      const span = { earliestEnd: 20 * 60_000, latestStart: 70 * 60_000 };
      const found = pages((after) => ask({ kind: 'sessions', key: bytes('a'), ...span, after, limit }));
      expect(found).toEqual([...store.findSessions('a', span.earliestEnd, span.latestStart)]);
    };
    await fc.assert(fc.asyncProperty(puts, limits, run));
  });

  test('shows versions as of a time', () => {
    const { written, ask } = opened(versions);
    const store = written as VersionedKeyValueStore<string, number>;
    store.put('a', 1, 100);
    store.put('a', 2, 200);
    store.put('a', null, 300);
    const asOf = (time: number | undefined) => ask({ kind: 'version', key: bytes('a'), asOf: time }).rows.map(readRow);
    expect(asOf(150)).toEqual([{ key: 'a', value: 1, timestamp: 100, validTo: 200 }]);
    expect(asOf(undefined)).toEqual([]);
    const all = ask({ kind: 'versions', key: bytes('a'), from: 0, to: 1_000 }).rows.map(readRow);
    expect(all.map(({ value, validTo }) => [value, validTo])).toEqual([
      [1, 200],
      [2, 300],
    ]);
  });

  test('counts rows, those that changed since the commit twice', async () => {
    const { written, ask, commit } = opened(unordered);
    const store = written as KeyValueStore<string, number>;
    store.put('a', 1);
    store.put('b', 1);
    await commit();
    expect(ask({ kind: 'count' }).count).toBe(2);
    store.put('b', 2);
    expect(ask({ kind: 'count' }).count).toBe(3);
  });

  test.each([
    [rows, { kind: 'window', key: bytes('a'), start: 0 }, 'NAGARE_STREAMS_QUERY_STORE'],
    [windows, { kind: 'get', key: bytes('a') }, 'NAGARE_STREAMS_QUERY_STORE'],
    [sessions, { kind: 'count' }, 'NAGARE_STREAMS_QUERY_STORE'],
    [versions, { kind: 'get', key: bytes('a') }, 'NAGARE_STREAMS_QUERY_STORE'],
    [
      unordered,
      { kind: 'range', from: undefined, to: undefined, after: undefined, limit: 1 },
      'NAGARE_STREAMS_STORE_NOT_ORDERED',
    ],
  ] as const)('%o has no answer to %o', (spec, ask, code) => {
    const failing = () => opened(spec).ask(ask);
    expect(failing).toThrow(StreamsError);
    expect(failing).toThrow(expect.objectContaining({ code }));
  });
});

describe('a question of another process', () => {
  test('is read, or refused: nothing else comes of any text', () => {
    const known = writeAsk({
      store: 's',
      partition: 1,
      ask: { kind: 'windows', key: bytes('a'), from: 1, to: 2, after: undefined, limit: 9 },
    });
    const broken = fc
      .tuple(fc.nat(known.length), fc.nat(20), fc.string())
      .map(([at, length, text]) => known.slice(0, at) + text + known.slice(at + length));
    fc.assert(
      fc.property(fc.oneof(broken, fc.json(), fc.string()), (text) => {
        try {
          const { store, partition, ask } = readAsk(text);
          expect([typeof store, Number.isSafeInteger(partition)]).toEqual(['string', true]);
          expect(readAsk(writeAsk({ store, partition, ask }))).toEqual({ store, partition, ask });
        } catch (error) {
          expect(error instanceof TypeError || error instanceof SyntaxError).toBe(true);
        }
      }),
    );
  });

  test.each([
    ['{"store":"s","partition":0,"ask":{"kind":"constructor"}}', 'ask.kind'],
    ['{"store":"s","partition":0,"ask":{"kind":"range","limit":1000000}}', 'ask.limit'],
    ['{"store":"s","partition":-1,"ask":{"kind":"count"}}', 'partition'],
    ['{"store":"s","partition":0,"ask":{"kind":"get"}}', 'ask.key'],
    ['[]', 'store'],
    ['null', 'question'],
  ])('%s is refused', (text, reason) => {
    expect(() => readAsk(text)).toThrow(new RegExp(reason));
  });
});
