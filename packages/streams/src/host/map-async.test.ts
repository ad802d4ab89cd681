import { createSimulation, type SimPlatform } from '@nagare/base/sim';
import { int64, string } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamsConfig } from '../config.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { AsyncOptions } from '../operators/map-async.ts';
import { Streams } from '../streams.ts';
import { type FakeClient, FakeCluster } from '../testing/fake-cluster.ts';
import type { Topology } from '../topology/topology.ts';

const texts = { key: string, value: string };

type Project = (value: string, key: string, context: { readonly signal: AbortSignal }) => Promise<string>;

/** Numbers the records of each key before its calls, so that what is counted twice or lost is seen, and writes the results. */
function topology(project: Project, options: AsyncOptions<string> = { concurrency: 3 }): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .groupByKey()
    .count({ store: 'counts', value: int64 })
    .toStream()
    .mapValuesAsync<string>((count, key, context) => project(String(count), key, context), options)
    .to('out', texts);
  return builder.build();
}

function world(seed = 1) {
  const sim = createSimulation({ seed });
  const fake = new FakeCluster(sim.timers);
  fake.createTopic('in', 2);
  fake.createTopic('out');
  const client = fake.connect();
  const app = (made: Topology, platform: SimPlatform, config: Partial<StreamsConfig> = {}, using = client) =>
    new Streams(made, {
      ...{ applicationId: 'app', client: using, platform, pollMs: 10, commitIntervalMs: 50 },
      ...{ processingGuarantee: 'exactly_once_v2' as const, statestoreCacheMaxBytes: 0 },
      ...config,
    });
  return { sim, fake, client, app };
}

/** A call that takes as long as a test lets it. */
function held() {
  const calls: { readonly value: string; readonly signal: AbortSignal; readonly answer: (value: string) => void }[] =
    [];
  const project: Project = (value, _key, { signal }) => new Promise((answer) => calls.push({ value, signal, answer }));
  return { calls, project };
}

/** An application with one record, whose call is under way. */
async function called(config: Partial<StreamsConfig> = {}, options?: AsyncOptions<string>) {
  const { sim, fake, app } = world();
  const { calls, project } = held();
  fake.append('in', 'a', 'x');
  const streams = app(topology(project, options), sim.platform('app'), config);
  await sim.complete(streams.start());
  await sim.runUntil(() => calls.length === 1);
  return { sim, fake, streams, calls };
}

const committed = (fake: FakeCluster, partition = 0) => fake.committed.get(`${partition} in`)?.offset ?? 0;

interface Run {
  readonly seed: number;
  readonly keys: readonly number[];
  readonly concurrency: number;
  readonly order: 'key' | 'partition';
  readonly commitIntervalMs: number;
  readonly fetchRecordsMax: number;
  /** After how many calls of the cluster each process in turn is killed. */
  readonly crashes: readonly number[];
  readonly failures: readonly ('NAGARE_CLIENT_FENCED' | 'NAGARE_CLIENT_TRANSACTION_ABORTABLE')[];
}

const anyRun: fc.Arbitrary<Run> = fc.record({
  seed: fc.nat(),
  keys: fc.array(fc.nat(4), { minLength: 1, maxLength: 40 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  order: fc.constantFrom('key', 'partition'),
  commitIntervalMs: fc.constantFrom(0, 5, 40),
  fetchRecordsMax: fc.constantFrom(1, 3, 1_000),
  crashes: fc.array(fc.integer({ min: 8, max: 60 }), { maxLength: 3 }),
  failures: fc.array(fc.constantFrom('NAGARE_CLIENT_FENCED', 'NAGARE_CLIENT_TRANSACTION_ABORTABLE'), { maxLength: 2 }),
});

/** Runs an input to its end through calls of random length, of which some fail, and through crashes. */
async function outcome(run: Run) {
  const { sim, fake, app } = world(run.seed);
  fake.fetchRecordsMax = run.fetchRecordsMax;
  fake.commitFailures.push(...run.failures);
  for (const key of run.keys) fake.append('in', `k${key}`, 'x', 0, key % 2);
  const wanted = [0, 1].map((partition) => run.keys.filter((key) => key % 2 === partition).length);
  const isDone = () => wanted.every((count, partition) => committed(fake, partition) === count);
  let peak = 0;
  for (const callsLeft of [...run.crashes, Number.POSITIVE_INFINITY]) {
    const platform = sim.platform('app');
    const running = new Map<string, number>();
    const project: Project = (value, key) => {
      const task = `${Number(key.slice(1)) % 2}`;
      running.set(task, (running.get(task) ?? 0) + 1);
      peak = Math.max(peak, running.get(task) ?? 0);
      return new Promise((resolve, reject) => {
        platform.timers.after(sim.random.below(30), () => {
          running.set(task, (running.get(task) ?? 0) - 1);
          if (Number(value) % 7 === 6) reject(new Error('no'));
          else resolve(value);
        });
      });
    };
    const client: FakeClient = fake.connect();
    client.callsLeft = callsLeft;
    const { concurrency, order, commitIntervalMs } = run;
    const made = topology(project, { concurrency, order, onError: 'continue' });
    const streams = app(made, platform, { commitIntervalMs }, client);
    let hasFailed = false;
    streams.start().catch(() => undefined);
    streams.finished.catch(() => {
      hasFailed = true;
    });
    await sim.runUntil(() => hasFailed || isDone());
    if (!hasFailed) await sim.complete(streams.close());
    platform.crash();
    if (isDone()) break;
  }
  const byKey: Record<string, string[]> = {};
  for (const [key, value] of fake.read('out')) byKey[key as string] = [...(byKey[key as string] ?? []), String(value)];
  return { byKey, peak };
}

test('of each key all results are committed once and in order, whatever takes how long, fails or crashes', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(anyRun, async (run) => {
      const { byKey, peak } = await outcome(run);
      const expected: Record<string, string[]> = {};
      const counts = new Map<number, number>();
      for (const key of run.keys) {
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        if (count % 7 !== 6) expected[`k${key}`] = [...(expected[`k${key}`] ?? []), String(count)];
      }
      expect(byKey).toEqual(expected);
      expect(peak).toBeLessThanOrEqual(run.concurrency);
    }),
    { numRuns: 60 },
  );
});

describe('an application that calls', () => {
  test('commits no offset before the result of its record, and then both', async () => {
    const { sim, fake, streams, calls } = await called();
    await sim.advance(1_000);
    expect(committed(fake)).toBe(0);
    calls[0]?.answer('done');
    await sim.runUntil(() => committed(fake) === 1);
    expect(fake.read('out')).toEqual([['a', 'done']]);
    await sim.complete(streams.close());
  });

  test('commits with what its record cache has held back until then, and the calls that this leads to', async () => {
    const { sim, fake, app } = world();
    for (const key of ['a', 'b', 'a', 'a']) fake.append('in', key, 'x');
    const platform = sim.platform('app');
    const project: Project = (value) => new Promise((answer) => platform.timers.after(30, () => answer(value)));
    const streams = app(topology(project), platform, { statestoreCacheMaxBytes: 1_000_000 });
    await sim.complete(streams.start());
    await sim.runUntil(() => committed(fake) === 4);
    expect(new Map(fake.read('out'))).toEqual(
      new Map([
        ['a', '3'],
        ['b', '1'],
      ]),
    );
    await sim.complete(streams.close());
  });

  test('does not wait for a poll to end when a call does', async () => {
    const { sim, fake, streams, calls } = await called({ pollMs: 30_000, commitIntervalMs: 0 });
    await sim.advance(1_000);
    calls[0]?.answer('done');
    const beforeMs = sim.elapsedMs;
    await sim.runUntil(() => committed(fake) === 1);
    expect(sim.elapsedMs - beforeMs).toBeLessThan(1_000);
    await sim.complete(streams.close());
  });

  test('takes no more records than it may hold', async () => {
    const { sim, fake, app } = world();
    const { calls, project } = held();
    for (let at = 0; at < 20; at += 1) fake.append('in', `k${at}`, 'x');
    const streams = app(topology(project, { concurrency: 2, timeout: '1h' }), sim.platform('app'));
    await sim.complete(streams.start());
    await sim.advance(5_000);
    expect(calls).toHaveLength(2);
    for (let at = 0; at < 20; at += 1) {
      await sim.runUntil(() => calls.length > at);
      calls[at]?.answer(`${at}`);
    }
    await sim.runUntil(() => committed(fake) === 20);
    await sim.complete(streams.close());
    expect(fake.read('out')).toHaveLength(20);
  });

  test('waits for its calls when it is closed', async () => {
    const { sim, fake, streams, calls } = await called();
    const closed = streams.close();
    await sim.advance(100);
    expect(streams.state).toBe('PENDING_SHUTDOWN');
    calls[0]?.answer('done');
    await sim.complete(closed);
    expect(fake.read('out')).toEqual([['a', 'done']]);
    expect(committed(fake)).toBe(1);
  });

  test.each(['exactly_once_v2', 'at_least_once'] as const)(
    'gives calls up that outlast its end, %s',
    async (processingGuarantee) => {
      const { sim, fake, streams, calls } = await called({ processingGuarantee }, { concurrency: 1, timeout: '1h' });
      await sim.complete(streams.close({ timeoutMs: 200 }));
      expect(sim.elapsedMs).toBeLessThan(5_000);
      expect(calls[0]?.signal.aborted).toBe(true);
      calls[0]?.answer('too late');
      await sim.advance(1_000);
      expect(fake.read('out')).toEqual([]);
      expect(committed(fake)).toBe(0);
      expect(streams.state).toBe('NOT_RUNNING');
    },
  );

  test('does not hear of calls whose task has gone to another process', async () => {
    const { sim, fake, app } = world();
    for (const partition of [0, 1]) fake.append('in', `k${partition}`, 'x', 0, partition);
    const [mine, others] = [held(), held()];
    const options = { concurrency: 2, timeout: '1h' };
    const first = app(topology(mine.project, options), sim.platform('first'), {}, fake.connect('by-assignor'));
    await sim.complete(first.start());
    await sim.runUntil(() => mine.calls.length === 2);
    const second = app(topology(others.project, options), sim.platform('second'), {}, fake.connect('by-assignor'));
    await sim.complete(second.start());
    await sim.runUntil(() => others.calls.length === 1 && mine.calls.length === 3, { simMsMax: 120_000 });
    expect(mine.calls.slice(0, 2).map(({ signal }) => signal.aborted)).toEqual([true, true]);
    for (const { answer } of mine.calls.slice(0, 2)) answer('of before');
    mine.calls[2]?.answer('first');
    others.calls[0]?.answer('second');
    await sim.runUntil(() => committed(fake, 0) === 1 && committed(fake, 1) === 1);
    expect(new Map(fake.read('out')).size).toBe(2);
    expect(
      fake
        .read('out')
        .map(([, value]) => value)
        .sort(),
    ).toEqual(['first', 'second']);
    await sim.complete(Promise.all([first.close(), second.close()]));
  });
});
