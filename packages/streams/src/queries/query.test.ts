import { defineSerde, string } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { keyValueStore } from '../state/store-spec.ts';
import { type QueryMember, QueryStage } from '../testing/query-stage.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import { TimeWindows } from '../windows/time-windows.ts';

vi.setConfig({ testTimeout: 60_000 });

const texts = { key: string, value: string };
const number = defineSerde<number>({ write: (n) => Buffer.from(String(n)), read: (bytes) => Number(bytes) });
const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const minuteMs = 60_000;

/** Counts by key, by key and minute, and by key and session. */
function counting(onRecord: (key: string) => void = () => undefined) {
  return () => {
    const builder = new StreamsBuilder();
    const grouped = builder
      .stream('in', texts)
      .peek((key) => onRecord(key))
      .groupByKey();
    grouped.count({ store: 'counts', value: number, ranges: true });
    grouped
      .windowedBy(TimeWindows.ofSizeAndGrace('1m', '1h'))
      .count({ store: 'minutes', value: number, retention: '2h', ranges: true });
    grouped
      .windowedBy(SessionWindows.ofInactivityGapAndGrace('10s', '1h'))
      .count({ store: 'sessions', value: number, retention: '2h' });
    return builder.build();
  };
}

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 50_000, interval: 10 });

async function gathered<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const byKey = <T extends { readonly key: string }>(rows: readonly T[]) =>
  rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));

/** Waits until the processes divide the tasks, and each knows who has which. */
const divided = (stage: QueryStage) =>
  eventually(() => {
    for (const { streams } of stage.members) {
      expect(streams.state).toBe('RUNNING');
      expect(streams.tasks).not.toEqual([]);
      const known = streams.allMetadataForStore('counts').flatMap(({ activePartitions }) => activePartitions);
      expect(known.toSorted()).toEqual([0, 1, 2, 3]);
    }
    expect(stage.members.flatMap(({ streams }) => streams.tasks).toSorted()).toEqual(['0_0', '0_1', '0_2', '0_3']);
  });

describe('two processes of an application', () => {
  test('each answer for every key, and for all rows, of all kinds of stores', async () => {
    await using stage = new QueryStage(counting());
    const first = await stage.join();
    const second = await stage.join();
    await divided(stage);
    for (const [index, key] of keys.entries()) {
      for (let n = 0; n <= index; n += 1) stage.append(key, 'x', n * 40_000);
    }
    const expected = keys.map((key, index) => ({ key, value: index + 1, timestamp: index * 40_000 }));
    for (const { streams } of [first, second]) {
      await eventually(async () => {
        expect(byKey(await gathered(streams.query<string, number>('counts').all()))).toEqual(expected);
      });
      const counts = streams.query<string, number>('counts');
      for (const { key, value } of expected) expect(await counts.get(key)).toBe(value);
      expect(await counts.getWithTimestamp('h')).toEqual({ value: 8, timestamp: 280_000 });
      expect(await counts.get('nobody')).toBeUndefined();
      expect(byKey(await gathered(counts.range('c', 'e'))).map(({ key }) => key)).toEqual(['c', 'd', 'e']);
      expect(await gathered(counts.all({ limit: 3 }))).toHaveLength(3);
      expect(await counts.approximateCount()).toBeGreaterThanOrEqual(keys.length);

      const minutes = streams.query({ name: 'minutes', kind: 'window', key: string, value: number });
      expect((await minutes.fetch('h', 0))?.value).toBe(2);
      const windows = await gathered(minutes.fetch('h', minuteMs, 2 * minuteMs));
      expect(windows.map(({ window, value }) => [window.start, value])).toEqual([
        [minuteMs, 1],
        [2 * minuteMs, 2],
      ]);
      const all = await gathered(minutes.fetchAll(0, 0));
      expect(byKey(all).map(({ key, value }) => [key, value])).toEqual(keys.map((key) => [key, key === 'a' ? 1 : 2]));

      const sessions = streams.query({ name: 'sessions', kind: 'session', key: string, value: number });
      expect(await gathered(sessions.findSessions('b'))).toMatchObject([
        { key: 'b', window: { start: 0, end: 0 }, value: 1 },
        { key: 'b', window: { start: 40_000, end: 40_000 }, value: 1 },
      ]);
      expect(await sessions.fetchSession('b', 40_000, 40_000)).toBe(1);
    }
  });

  test('know where each key is, and what the partitioner of a producer says', async () => {
    await using stage = new QueryStage(counting());
    const members = [await stage.join({ numStandbyReplicas: 1 }), await stage.join({ numStandbyReplicas: 1 })];
    await divided(stage);
    const hosts = members.map(({ server }) => `127.0.0.1:${server.port}`);
    for (const { streams } of members) {
      for (const key of keys) {
        const { activeHost, partition } = streams.queryMetadataForKey('counts', key);
        const owner = members[hosts.indexOf(String(activeHost))] as QueryMember;
        expect(owner.streams.tasks).toContain(`0_${partition}`);
      }
      const all = streams.allMetadataForStore('counts');
      expect(all.map(({ host }) => host).toSorted()).toEqual(hosts.toSorted());
    }
    await eventually(() => {
      for (const key of keys) {
        const { activeHost, standbyHosts } = (members[0] as QueryMember).streams.queryMetadataForKey('counts', key);
        expect(standbyHosts).toEqual(hosts.filter((host) => host !== activeHost));
      }
    });
  });

  test('say that the other one is gone, until its partitions have moved', async () => {
    await using stage = new QueryStage(counting());
    const { streams } = await stage.join();
    const gone = await stage.join();
    await divided(stage);
    for (const key of keys) stage.append(key, 'x');
    const key = keys.find((each) =>
      streams.queryMetadataForKey('counts', each).activeHost?.endsWith(`:${gone.server.port}`),
    ) as string;
    const counts = streams.query<string, number>('counts');
    await eventually(async () => expect(await counts.get(key)).toBe(1));
    await gone.server.close();
    await expect(counts.get(key)).rejects.toMatchObject({ code: 'NAGARE_STREAMS_OWNER_UNREACHABLE', retriable: true });
    await stage.leave(gone);
    await eventually(async () => expect(await counts.get(key)).toBe(1));
  });

  test('know from a description what a store of a processor holds', async () => {
    const seen = keyValueStore({ name: 'seen', key: string, value: number, ranges: true });
    await using stage = new QueryStage(() => {
      const builder = new StreamsBuilder();
      builder.stream('in', texts).process(
        (context) => {
          const store = context.keyValueStore<string, number>('seen');
          return ({ key }) => store.put(key, (store.get(key) ?? 0) + 1);
        },
        { stores: [seen] },
      );
      return builder.build();
    });
    const { streams } = await stage.join();
    stage.append('a', 'x');
    stage.append('a', 'y');
    const query = streams.query(seen);
    await eventually(async () => {
      const value: number | undefined = await query.get('a');
      expect(value).toBe(2);
    });
  });

  test('read only their own with the scope local', async () => {
    await using stage = new QueryStage(counting());
    const members = [await stage.join(), await stage.join()];
    await divided(stage);
    for (const key of keys) stage.append(key, 'x');
    await eventually(async () => {
      const parts = await Promise.all(
        members.map(({ streams }) => gathered(streams.query<string, number>('counts', { scope: 'local' }).all())),
      );
      expect(parts.every((part) => part.length > 0)).toBe(true);
      expect(byKey(parts.flat()).map(({ key }) => key)).toEqual(keys);
      const [mine = [], others = []] = parts;
      const local = (members[0] as QueryMember).streams.query<string, number>('counts', { scope: 'local' });
      expect(await local.get(String(mine[0]?.key))).toBe(1);
      await expect(local.get(String(others[0]?.key))).rejects.toMatchObject({ code: 'NAGARE_STREAMS_NOT_OWNED' });
    });
  });
});

describe('whatever happens', () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ write: fc.constantFrom(...keys) }) },
      { weight: 2, arbitrary: fc.constant({ check: true } as const) },
      { weight: 1, arbitrary: fc.constant({ join: true } as const) },
      { weight: 1, arbitrary: fc.constant({ leave: true } as const) },
      { weight: 1, arbitrary: fc.constant({ crash: true } as const) },
    ),
    { minLength: 5, maxLength: 25 },
  );

  test('a query gives the fold of what was processed', async () => {
    const run = async (
      made: readonly object[],
      commitIntervalMs: number,
      guarantee: 'at_least_once' | 'exactly_once_v2',
    ) => {
      const processed = new Map<string, number>();
      const written = new Map<string, number>();
      await using stage = new QueryStage(counting((key) => processed.set(key, (processed.get(key) ?? 0) + 1)));
      const config = { commitIntervalMs, processingGuarantee: guarantee };
      let hasCrashed = false;
      const first = await stage.join(config);
      const counts = first.streams.query<string, number>('counts');
      const check = async (key: string) => {
        const before = processed.get(key) ?? 0;
        const answered = await counts.get(key).then(
          (value) => ({ value }),
          (error: { readonly retriable?: boolean }) => {
            if (error.retriable !== true) throw error;
          },
        );
        if (answered === undefined) return;
        const found = answered.value ?? 0;
        // What a process did that has died is done again.
        if (!hasCrashed) expect(found).toBeGreaterThanOrEqual(before);
        expect(found).toBeLessThanOrEqual(processed.get(key) ?? 0);
      };
      for (const step of made) {
        if ('write' in step) {
          const key = String(step.write);
          written.set(key, (written.get(key) ?? 0) + 1);
          stage.append(key, 'x');
        } else if ('check' in step) for (const key of keys) await check(key);
        else if ('join' in step && stage.members.length < 3) await stage.join(config);
        else if ('leave' in step && stage.members.length > 1) await stage.leave(stage.members.at(-1) as QueryMember);
        else if ('crash' in step && stage.members.length > 1 && guarantee === 'exactly_once_v2') {
          hasCrashed = true;
          stage.crash(stage.members.at(-1) as QueryMember);
        }
      }
      const expected = byKey([...written].map(([key, value]) => ({ key, value })));
      await eventually(async () => {
        for (const { streams } of stage.members) {
          const rows = byKey(await gathered(streams.query<string, number>('counts').all()));
          expect(rows.map(({ key, value }) => ({ key, value }))).toEqual(expected);
        }
      });
    };
    const commits = fc.constantFrom(0, 5, 60_000);
    const guarantees = fc.constantFrom('at_least_once', 'exactly_once_v2');
    await fc.assert(fc.asyncProperty(steps, commits, guarantees, run), { numRuns: 25 });
  });
});

describe('a query that has no answer', () => {
  test('is refused when it is made, for a store that is not there or of another kind', async () => {
    await using stage = new QueryStage(counting());
    const { streams } = await stage.join();
    expect(() => streams.query('count')).toThrow(/did you mean counts/);
    expect(() => streams.query('minutes')).toThrow(/kind window, not key-value/);
    expect(() => streams.query('counts', { timeoutMs: 0 })).toThrow(RangeError);
  });

  test('says that the application has not started, or has ended', async () => {
    await using stage = new QueryStage(counting());
    const { streams } = await stage.join();
    await divided(stage);
    const counts = streams.query<string, number>('counts');
    expect(await counts.get('a')).toBeUndefined();
    await streams.close();
    await expect(counts.get('a')).rejects.toMatchObject({ code: 'NAGARE_STREAMS_NOT_RUNNING', retriable: false });
  });

  test('says that it takes keys of the kind that the store has', async () => {
    await using stage = new QueryStage(counting());
    const { streams } = await stage.join();
    await divided(stage);
    await expect(streams.query<string | null, number>('counts').get(null)).rejects.toThrow(/no place for the key null/);
  });
});
