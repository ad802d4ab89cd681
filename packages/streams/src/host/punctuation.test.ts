import { createSimulation } from '@nagare/base/sim';
import { int64, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import type { StreamsConfig } from '../config.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { StreamRecord } from '../record.ts';
import { keyValueStore } from '../state/store-spec.ts';
import { Streams } from '../streams.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';

const texts = { key: string, value: string };

/** An application on virtual time that counts its punctuations in a store and sends each number. Nothing is in its topic. */
function counting(config: Partial<StreamsConfig>) {
  const sim = createSimulation({ seed: 1, startMs: 0 });
  const platform = sim.platform('app');
  const fake = new FakeCluster(platform.timers);
  for (const topic of ['in', 'out']) fake.createTopic(topic);
  const calls: number[] = [];
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .process<string, string>(
      ({ schedule, forward, keyValueStore: storeOf }) => {
        const ticks = storeOf<string, number>('ticks');
        schedule('10s', 'wall-clock-time', (now) => {
          calls.push(now);
          ticks.put('ticks', (ticks.get('ticks') ?? 0) + 1);
          forward(new StreamRecord('tick', String(ticks.get('ticks')), now));
        });
        return () => undefined;
      },
      { stores: [keyValueStore({ name: 'ticks', key: string, value: int64 })] },
    )
    .to('out', texts);
  const client = fake.connect();
  const streams = new Streams(builder.build(), { applicationId: 'app', client, platform, ...config });
  return { sim, fake, calls, streams };
}

test('an application whose topics are idle wakes for punctuation, and sleeps in between', async () => {
  const { sim, calls, streams } = counting({ pollMs: 7_000, commitIntervalMs: 3_600_000 });
  await sim.complete(streams.start());
  await sim.runUntil(() => calls.length === 3);
  expect(calls).toEqual([10_000, 20_000, 30_000]);
  expect(sim.elapsedMs).toBeLessThan(31_000);
  await sim.complete(streams.close());
});

test('what a punctuator sends and stores is committed, though no record was read', async () => {
  const { sim, fake, streams } = counting({ pollMs: 1_000, commitIntervalMs: 5_000 });
  await sim.complete(streams.start());
  await sim.runUntil(() => fake.read('out').length === 2);
  expect(fake.read('out')).toEqual([
    ['tick', '1'],
    ['tick', '2'],
  ]);
  expect(fake.read('app-ticks-changelog')).toHaveLength(2);
  await sim.complete(streams.close());
});

test('a punctuation is part of its transaction: one that fails is as if it had not happened', async () => {
  const { sim, fake, calls, streams } = counting({ processingGuarantee: 'exactly_once_v2', pollMs: 1_000 });
  await sim.complete(streams.start());
  await sim.runUntil(() => fake.read('out').length === 1);
  fake.commitFailures.push('NAGARE_CLIENT_FENCED');
  await sim.runUntil(() => fake.read('out').length === 3);
  expect(fake.read('out').map(([, value]) => value)).toEqual(['1', '2', '3']);
  expect(calls).toHaveLength(4);
  await sim.complete(streams.close());
});
