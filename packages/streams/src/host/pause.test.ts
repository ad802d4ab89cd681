import { createSimulation } from '@nagare/base/sim';
import { expect, test } from 'vitest';
import type { StreamsConfig } from '../config.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { app, counting, texts } from '../testing/counting-app.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';
import type { Topology } from '../topology/topology.ts';

function world(topology: Topology, config: Partial<StreamsConfig> = {}) {
  const sim = createSimulation({ seed: 1 });
  const fake = new FakeCluster(sim.timers);
  fake.createTopic('in');
  fake.createTopic('out');
  const platform = sim.platform('app');
  const streams = app(topology, fake.connect(), { platform, commitIntervalMs: 50, ...config });
  const committed = () => fake.committed.get('0 in')?.offset;
  return { sim, fake, streams, committed };
}

test('a paused application restores and takes its tasks, and processes nothing until it is resumed', async () => {
  const { sim, fake, streams, committed } = world(counting());
  fake.createTopic('app-counts-changelog');
  fake.append('app-counts-changelog', 'a', '10');
  fake.append('in', 'a', 'x');
  streams.pause();
  await sim.complete(streams.start());
  await sim.runUntil(() => streams.state === 'RUNNING');
  await sim.advance(5_000);
  expect([streams.isPaused, streams.tasks, fake.read('out')]).toEqual([true, ['0_0'], []]);
  streams.resume();
  await sim.runUntil(() => committed() === 1);
  expect([streams.isPaused, fake.read('out')]).toEqual([false, [['a', '11']]]);
  await sim.complete(streams.close());
});

test('punctuators are not called while an application is paused', async () => {
  const calls: number[] = [];
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .process<string, string>(({ schedule }) => {
      schedule('1s', 'wall-clock-time', (nowMs) => void calls.push(nowMs));
      return () => undefined;
    })
    .to('out', texts);
  const { sim, streams } = world(builder.build());
  await sim.complete(streams.start());
  await sim.runUntil(() => calls.length === 2);
  streams.pause();
  await sim.advance(10_000);
  expect(calls).toHaveLength(2);
  streams.resume();
  await sim.runUntil(() => calls.length === 3);
  await sim.complete(streams.close());
});

/** An application that calls for each record, and has called for the first one when it is paused. */
async function pausedInCall(config: Partial<StreamsConfig>) {
  const answers: ((value: string) => void)[] = [];
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .mapValuesAsync<string>(() => new Promise((answer) => answers.push(answer)), { concurrency: 2 })
    .to('out', texts);
  const made = world(builder.build(), { processingGuarantee: 'exactly_once_v2', ...config });
  made.fake.append('in', 'a', 'x');
  await made.sim.complete(made.streams.start());
  await made.sim.runUntil(() => answers.length === 1);
  made.streams.pause();
  made.fake.append('in', 'b', 'x');
  await made.sim.advance(1_000);
  answers[0]?.('done');
  return { ...made, answers };
}

test('what was called for before the pause is committed in it', async () => {
  const { sim, fake, streams, committed, answers } = await pausedInCall({});
  await sim.runUntil(() => committed() === 1);
  await sim.advance(1_000);
  expect([answers.length, fake.read('out')]).toEqual([1, [['a', 'done']]]);
  streams.resume();
  await sim.runUntil(() => answers.length === 2);
  answers[1]?.('done');
  await sim.runUntil(() => committed() === 2);
  await sim.complete(streams.close());
});

test('an application that is resumed calls again before anything is committed', async () => {
  const { sim, streams, committed, answers } = await pausedInCall({ commitIntervalMs: 3_600_000 });
  await sim.advance(1_000);
  streams.resume();
  await sim.runUntil(() => answers.length === 2);
  expect([committed(), sim.elapsedMs < 60_000]).toEqual([undefined, true]);
  answers[1]?.('done');
  await sim.complete(streams.close());
  expect(committed()).toBe(2);
});
