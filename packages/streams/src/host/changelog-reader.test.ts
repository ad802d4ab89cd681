import { silentLog } from '@nagare/base';
import { ClientError } from '@nagare/client';
import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { MemoryStore } from '../state/memory.ts';
import { keyValueStore } from '../state/store-spec.ts';
import { WriteBuffer } from '../state/write-buffer.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';
import { ChangelogReader } from './changelog-reader.ts';

const changelog = 'app-rows-changelog';

/** A changelog of two partitions, and a reader whose next polls fail as the test says. */
function world({ isAwaited }: { readonly isAwaited: boolean }) {
  const fake = new FakeCluster();
  fake.createTopic(changelog, 2);
  const failures: ClientError[] = [];
  let polls = 0;
  const clock = { ms: 0, nowMs: () => 0, monotonicMs: () => clock.ms };
  const openConsumer = () => {
    const consumer = fake.connect().consumer({ autoOffsetReset: 'earliest' });
    const poll = consumer.poll.bind(consumer);
    consumer.poll = async (options) => {
      polls += 1;
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return poll(options);
    };
    return consumer;
  };
  const { signal } = new AbortController();
  const reader = new ChangelogReader({ openConsumer, isAwaited, clock, log: silentLog, signal });
  /** A store that follows a partition. */
  const follow = (partition: number) => {
    const spec = keyValueStore({ name: 'rows', key: string, value: string });
    const buffer = new WriteBuffer(new MemoryStore({ ordered: false }));
    const followed = {
      ...{ partition, stores: [{ spec, buffer, changelogTopic: changelog }] },
      onBatch: () => undefined,
      onGap: () => undefined,
    };
    reader.follow(followed);
    return { leave: () => reader.leave(followed), position: () => buffer.store.position };
  };
  return { fake, failures, clock, reader, follow, polls: () => polls };
}

test('all stores that follow are read for at a time, until they leave', async () => {
  const { fake, reader, follow } = world({ isAwaited: true });
  const append = () => [0, 1].map((partition) => fake.append(changelog, 'a', '1', 0, partition));
  const [first, second] = [follow(0), follow(1)];
  append();
  expect(await reader.read()).toBe(true);
  expect([first.position(), second.position()]).toEqual([1, 1]);
  first.leave();
  append();
  await reader.read();
  expect([first.position(), second.position()]).toEqual([1, 2]);
  second.leave();
  expect(await reader.read()).toBe(false);
});

test('stores wait for brokers, which are asked once a second', async () => {
  const { fake, failures, clock, reader, follow, polls } = world({ isAwaited: true });
  fake.append(changelog, 'a', '1');
  const { position } = follow(0);
  failures.push(new ClientError('NAGARE_CLIENT_NO_BROKER', 'the test', { retriable: true }));
  expect(await reader.read()).toBe(false);
  expect(await reader.read()).toBe(false);
  expect(polls()).toBe(1);
  clock.ms = 1_000;
  expect(await reader.read()).toBe(true);
  expect(position()).toBe(1);
});

test('what cannot be tried again is thrown if tasks wait, and else borne', async () => {
  const denied = new ClientError('NAGARE_CLIENT_KAFKA', 'denied', { kafka: 'TOPIC_AUTHORIZATION_FAILED' });
  const [awaited, patient] = [world({ isAwaited: true }), world({ isAwaited: false })];
  for (const { failures, follow } of [awaited, patient]) {
    failures.push(denied);
    follow(0);
  }
  await expect(awaited.reader.read()).rejects.toBe(denied);
  expect(await patient.reader.read()).toBe(false);
});
