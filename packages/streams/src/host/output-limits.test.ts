import { createSimulation } from '@nagare/base/sim';
import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import type { StreamsConfig } from '../config.ts';
import type { FailedRecord } from '../core/failures.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';
import { requestBytesMax } from './output-limits.ts';

const texts = { key: string, value: string };
const startMs = 1_700_000_000_000;
const hourMs = 3_600_000;

/** An application that copies a topic to one with these settings, of which the second of three records is refused. */
async function world(configs: Readonly<Record<string, string>>, config: Partial<StreamsConfig>) {
  const sim = createSimulation({ seed: 1, startMs });
  const fake = new FakeCluster(sim.timers);
  for (const topic of ['in', 'dead']) fake.createTopic(topic);
  fake.createTopic('out', 1, configs);
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .map((key, value) => [key === 'none' ? (null as unknown as string) : key, value])
    .to('out', { ...texts, name: 'sink' });
  const client = fake.connect();
  const base = { applicationId: 'app', client, platform: sim.platform('app'), pollMs: 10, commitIntervalMs: 10 };
  const streams = new Streams(builder.build(), { ...base, ...config });
  const send = (key: string, value: string, timestamp = startMs) => fake.append('in', key, value, timestamp);
  return { sim, fake, streams, send };
}

const refusals: Readonly<
  Record<string, { configs: Record<string, string>; bad: readonly [key: string, value: string, timestamp?: number] }>
> = {
  'too large for the topic': { configs: { 'max.message.bytes': '200' }, bad: ['k', 'x'.repeat(300)] },
  'too large for a request': { configs: {}, bad: ['k', 'x'.repeat(requestBytesMax)] },
  'without a key in a compacted topic': { configs: { 'cleanup.policy': 'compact,delete' }, bad: ['none', 'x'] },
  'too far ahead': {
    configs: { 'message.timestamp.after.max.ms': `${hourMs}` },
    bad: ['k', 'x', startMs + 2 * hourMs],
  },
  'too old': { configs: { 'message.timestamp.before.max.ms': `${hourMs}` }, bad: ['k', 'x', startMs - 2 * hourMs] },
};

describe.each(Object.entries(refusals))('a result that is %s', (_name, { configs, bad }) => {
  test.each(['at_least_once', 'exactly_once_v2'] as const)(
    'is left out when the handler says so, %s',
    async (processingGuarantee) => {
      const asked: unknown[] = [];
      const productionExceptionHandler = (error: unknown, { node, target, topic, offset, taskId }: FailedRecord) => {
        asked.push({ code: (error as { code?: string }).code, node, target, topic, offset, taskId });
        return 'continue' as const;
      };
      const { sim, fake, streams, send } = await world(configs, { processingGuarantee, productionExceptionHandler });
      send('a', '1');
      send(...bad);
      send('b', '2');
      await sim.complete(streams.start());
      await sim.runUntil(() => fake.committed.get('0 in')?.offset === 3);
      expect(fake.read('out')).toEqual([
        ['a', '1'],
        ['b', '2'],
      ]);
      const code = 'NAGARE_STREAMS_RECORD_REFUSED';
      expect(asked).toEqual([{ code, node: 'sink', target: 'out', topic: 'in', offset: 1, taskId: '0_0' }]);
      expect(streams.droppedRecords.get('production')).toBe(1);
      await sim.complete(streams.close());
    },
  );

  test('ends the application when nobody decides, before it is part of anything', async () => {
    const { sim, fake, streams, send } = await world(configs, { processingGuarantee: 'exactly_once_v2' });
    send(...bad);
    await sim.complete(streams.start());
    await expect(sim.complete(streams.finished)).rejects.toMatchObject({ code: 'NAGARE_STREAMS_RECORD_REFUSED' });
    expect(fake.read('out')).toEqual([]);
  });
});

test('the record that led to a refused result can be kept aside', async () => {
  const { sim, fake, streams, send } = await world(
    { 'cleanup.policy': 'compact' },
    { productionExceptionHandler: 'dead-letter', errorsDeadLetterQueueTopicName: 'dead' },
  );
  send('none', 'x');
  await sim.complete(streams.start());
  await sim.runUntil(() => fake.read('dead').length === 1);
  expect(fake.read('dead')).toEqual([['none', 'x']]);
  await sim.complete(streams.close());
});

test('a topic that gives records its own time takes any', async () => {
  const { sim, fake, streams, send } = await world(
    { 'message.timestamp.type': 'LogAppendTime', 'message.timestamp.after.max.ms': '1' },
    {},
  );
  send('a', '1', startMs + hourMs);
  await sim.complete(streams.start());
  await sim.runUntil(() => fake.read('out').length === 1);
  await sim.complete(streams.close());
});
