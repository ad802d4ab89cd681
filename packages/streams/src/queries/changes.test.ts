import { int64, string } from '@nagare/serdes';
import { describe, expect, test, vi } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { type QueryMember, QueryStage } from '../testing/query-stage.ts';
import { TimeWindows } from '../windows/time-windows.ts';

vi.setConfig({ testTimeout: 60_000 });

/** They are of all four partitions. */
const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const texts = { key: string, value: string };

function topology() {
  const builder = new StreamsBuilder();
  const grouped = builder.stream('in', texts).groupByKey();
  grouped.count({ store: 'counts' });
  grouped.windowedBy(TimeWindows.ofSizeAndGrace('1m', '1h')).count({ store: 'minutes' });
  builder.table('prices', { ...texts, store: 'prices', history: '1h' });
  return builder.build();
}

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 50_000, interval: 5 });

async function staged(partitions = 1) {
  const stage = new QueryStage(topology, { partitions });
  stage.cluster.createTopic('prices');
  return stage;
}

const running = ({ streams }: QueryMember) => eventually(() => expect(streams.tasks.length).toBeGreaterThan(0));

describe('the changes of a store', () => {
  test('are told one by one as they are processed, with their times', async () => {
    await using stage = await staged();
    const member = await stage.join({ commitIntervalMs: 60_000 });
    await running(member);
    const all: unknown[] = [];
    const ofA: unknown[] = [];
    const counts = member.streams.query<string, number>('counts');
    counts.changes().subscribe((change) => all.push(change));
    counts.changes('a').subscribe(({ value }) => ofA.push(value));
    stage.append('a', 'x', 5);
    stage.append('b', 'x', 6);
    stage.append('a', 'x', 7);
    await eventually(() => expect(all).toHaveLength(3));
    expect(all).toEqual([
      { key: 'a', value: 1, timestamp: 5 },
      { key: 'b', value: 1, timestamp: 6 },
      { key: 'a', value: 2, timestamp: 7 },
    ]);
    expect(ofA).toEqual([1, 2]);
  });

  test('are told under exactly_once_v2 when they are committed, and never if they were taken back', async () => {
    await using stage = await staged();
    stage.cluster.commitFailures.push('NAGARE_CLIENT_DELIVERY_TIMEOUT');
    const member = await stage.join({ processingGuarantee: 'exactly_once_v2' });
    const told: unknown[] = [];
    member.streams
      .query<string, number>('counts')
      .changes()
      .subscribe(({ key, value }) => {
        const isCommitted = stage.cluster.read('app-counts-changelog').some(([logged]) => logged === key);
        told.push([key, value, isCommitted]);
      });
    await running(member);
    stage.append('a', 'x');
    await eventually(() => expect(told).toEqual([['a', 1, true]]));
    expect(stage.cluster.commitFailures).toEqual([]);
    stage.append('a', 'x');
    await eventually(() => expect(told).toHaveLength(2));
    expect(told[1]).toEqual(['a', 2, true]);
  });

  test('go on with tasks that come, and end with the application', async () => {
    await using stage = await staged(4);
    const first = await stage.join();
    await eventually(() => expect(first.streams.tasks).toHaveLength(5));
    const second = await stage.join();
    const told: string[] = [];
    let hasEnded = false;
    first.streams
      .query<string, number>('counts')
      .changes()
      .subscribe({
        next: ({ key }) => told.push(key),
        complete: () => {
          hasEnded = true;
        },
      });
    await eventually(() => expect(first.streams.tasks.length).toBeLessThan(4));
    await stage.leave(second);
    await eventually(() => expect(first.streams.tasks).toHaveLength(5));
    for (const key of keys) stage.append(key, 'x');
    await eventually(() => expect(told.toSorted()).toEqual(keys));
    await first.streams.close();
    expect(hasEnded).toBe(true);
  });

  test('are not told to who has stopped listening, and again to who begins anew', async () => {
    await using stage = await staged();
    const member = await stage.join();
    await running(member);
    const counts = member.streams.query<string, number>('counts');
    const told: number[] = [];
    const subscription = counts.changes().subscribe(({ value }) => told.push(value as number));
    stage.append('a', 'x');
    await eventually(() => expect(told).toEqual([1]));
    subscription.unsubscribe();
    stage.append('a', 'x');
    await eventually(async () => expect(await counts.get('a')).toBe(2));
    const again: number[] = [];
    counts.changes().subscribe(({ value }) => again.push(value as number));
    stage.append('a', 'x');
    await eventually(() => expect(again).toEqual([3]));
    expect(told).toEqual([1]);
  });

  test('have the windows of window stores, and every version of versioned ones', async () => {
    await using stage = await staged();
    const member = await stage.join();
    await running(member);
    const windows: unknown[] = [];
    const prices: unknown[] = [];
    const minutes = member.streams.query({ name: 'minutes', kind: 'window', key: string, value: int64 });
    minutes.changes('a').subscribe((change) => windows.push(change));
    const versions = member.streams.query({ name: 'prices', kind: 'versioned', ...texts });
    versions.changes().subscribe((change) => prices.push(change));
    stage.append('a', 'x', 61_000);
    stage.cluster.append('prices', 'p', '2', 200);
    stage.cluster.append('prices', 'p', '1', 100);
    await eventually(() => expect([windows.length, prices.length]).toEqual([1, 2]));
    expect(windows).toEqual([{ key: 'a', window: { start: 60_000, end: 120_000 }, value: 1, timestamp: 61_000 }]);
    expect(prices).toEqual([
      { key: 'p', value: '2', timestamp: 200 },
      { key: 'p', value: '1', timestamp: 100 },
    ]);
    expect(await versions.get('p')).toEqual({ value: '2', timestamp: 200, validTo: undefined });
    expect(await versions.get('p', 150)).toEqual({ value: '1', timestamp: 100, validTo: 200 });
    expect(await versions.versions('p')).toHaveLength(2);
  });
});
