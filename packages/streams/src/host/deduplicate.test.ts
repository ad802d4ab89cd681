import { createSimulation } from '@nagare/base/sim';
import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import type { ProcessingGuarantee } from '../config.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';

const texts = { key: string, value: string };

function topology() {
  const builder = new StreamsBuilder();
  builder.stream('in', texts).deduplicate({ within: '1h', store: 'seen' }).to('out', texts);
  return builder.build();
}

test.each<ProcessingGuarantee>(['at_least_once', 'exactly_once_v2'])(
  'a record that was noted and is read again after a crash is no duplicate of itself, %s',
  async (processingGuarantee) => {
    let repeated = 0;
    for (let callsLeft = 3; callsLeft < 30; callsLeft += 1) {
      const sim = createSimulation({ seed: 1 });
      const fake = new FakeCluster(sim.timers);
      for (const topic of ['in', 'out']) fake.createTopic(topic);
      for (const key of ['a', 'b', 'a']) fake.append('in', key, key);
      const isDone = () => fake.committed.get('0 in')?.offset === 3;
      for (const limit of [callsLeft, Number.POSITIVE_INFINITY]) {
        const platform = sim.platform('app');
        const client = fake.connect();
        client.callsLeft = limit;
        const config = { applicationId: 'app', client, platform, processingGuarantee };
        const streams = new Streams(topology(), { ...config, pollMs: 10, commitIntervalMs: 0 });
        let hasFailed = false;
        streams.start().catch(() => undefined);
        streams.finished.catch(() => {
          hasFailed = true;
        });
        await sim.runUntil(() => hasFailed || isDone());
        platform.crash();
      }
      const keys = fake.read('out').map(([key]) => key);
      expect(new Set(keys)).toEqual(new Set(['a', 'b']));
      if (processingGuarantee === 'exactly_once_v2') expect(keys).toEqual(['a', 'b']);
      if (keys.length > 2) repeated += 1;
    }
    expect(repeated > 0).toBe(processingGuarantee === 'at_least_once');
  },
);
