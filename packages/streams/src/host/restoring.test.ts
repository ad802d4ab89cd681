import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@nagare/base';
import { ClientError } from '@nagare/client';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { StreamsConfig } from '../config.ts';
import type { Streams } from '../streams.ts';
import { app, cluster, committedOffset, counting } from '../testing/counting-app.ts';
import type { FakeClient, FakeCluster } from '../testing/fake-cluster.ts';
import type { StateRestoreListener } from './store-listeners.ts';

// A generous deadline, for slow machines.
vi.setConfig({ testTimeout: 120_000 });

const root = mkdtempSync(join(tmpdir(), 'nagare-restoring-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const changelog = 'app-counts-changelog';

/** Waits for a condition that time alone does not decide. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });

/** A cluster where each of so many keys of a partition was counted ten times. */
function counted(keys: readonly [number, number]): FakeCluster {
  const fake = cluster(2);
  fake.createTopic(changelog, 2);
  for (const [partition, count] of keys.entries()) {
    for (let at = 0; at < count; at += 1) fake.append(changelog, `k${partition}-${at}`, '10', at, partition);
  }
  return fake;
}

/** What is restored comes ten records at a time, and nothing comes after the first ones until the client is no longer held back. */
function halting(fake: FakeCluster, client: FakeClient): StateRestoreListener {
  fake.fetchRecordsMax = 10;
  let hasHalted = false;
  return {
    onBatchRestored: () => {
      client.isHeldBack ||= !hasHalted;
      hasHalted = true;
    },
  };
}

const restores = (streams: Streams, lags: Readonly<Record<string, number>>) =>
  eventually(() => expect(Object.fromEntries(streams.restoringTasks)).toEqual(lags));

/** Counts one more of a key, and gives what came of it. */
async function countOf(fake: FakeCluster, key: string, partition: number): Promise<string | undefined> {
  const before = fake.partition({ topic: 'in', partition }).records.length;
  fake.append('in', key, 'x', 1_000, partition);
  await eventually(() => expect(committedOffset(fake, `${partition} in`)).toBe(before + 1));
  return fake.read('out').findLast(([name]) => name === key)?.[1];
}

/** How many changelog records of a partition a process has read, the second reading of one included. */
function readBy(client: FakeClient, partition: number): number {
  const reads = client.reads.filter((read) => read.topic === changelog && read.partition === partition);
  return reads.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** An application whose first task runs, while the second has a hundred records to restore that are held back. */
async function restoringSecond() {
  const fake = counted([0, 100]);
  const client = fake.connect();
  client.isHeldBack = true;
  const streams = app(counting(), client);
  await streams.start();
  await restores(streams, { '0_1': 100 });
  return { fake, client, streams };
}

test('tasks run while another one is restored, which then goes on with its state', async () => {
  const { fake, client, streams } = await restoringSecond();
  await using _ = streams;
  expect([streams.tasks, streams.state]).toEqual([['0_0'], 'REBALANCING']);
  fake.append('in', 'k1-5', 'x', 0, 1);
  expect(await countOf(fake, 'a', 0)).toBe('1');
  expect(fake.committed.get('1 in')).toBeUndefined();
  client.isHeldBack = false;
  await eventually(() => expect(committedOffset(fake, '1 in')).toBe(1));
  expect(fake.read('out')).toEqual([
    ['a', '1'],
    ['k1-5', '11'],
  ]);
  expect([streams.tasks, streams.state, streams.restoringTasks.size]).toEqual([['0_0', '0_1'], 'RUNNING', 0]);
});

test('stores of running tasks can be asked while others are restored, whose stores cannot', async () => {
  const { fake, client, streams } = await restoringSecond();
  await using _ = streams;
  const keyOf = (partition: number) =>
    'abcdefgh'.split('').find((key) => streams.queryMetadataForKey('counts', key).partition === partition) ?? '';
  const ask = (partition: number) => streams.query<string, number>('counts', { scope: 'local' }).get(keyOf(partition));
  expect(await countOf(fake, keyOf(0), 0)).toBe('1');
  expect(await ask(0)).toBe(1);
  await expect(ask(1)).rejects.toMatchObject({ code: 'NAGARE_STREAMS_REBALANCING', retriable: true });
  client.isHeldBack = false;
  await eventually(() => expect(streams.state).toBe('RUNNING'));
  expect(await ask(1)).toBeUndefined();
});

test('several tasks are restored at a time', async () => {
  const fake = counted([50, 50]);
  const client = fake.connect();
  await using streams = app(counting(), client, { stateRestoreListener: halting(fake, client) });
  await streams.start();
  await restores(streams, { '0_0': 40, '0_1': 40 });
  client.isHeldBack = false;
  expect([await countOf(fake, 'k0-49', 0), await countOf(fake, 'k1-49', 1)]).toEqual(['11', '11']);
});

test('what the former owner was still committing is part of the state', async () => {
  const fake = counted([0, 1]);
  fake.fetchRecordsMax = 1;
  fake.append('in', 'k1-0', 'x', 0, 1);
  fake.committed.set('1 in', { topic: 'in', partition: 1, offset: 1 });
  const client = fake.connect();
  const open = client.consumer.bind(client);
  client.consumer = (options) => {
    const consumer = open(options);
    const committed = consumer.committed.bind(consumer);
    consumer.committed = async (partitions) => {
      if (partitions[0]?.partition === 1) fake.append(changelog, 'k1-0', '11', 0, 1);
      return committed(partitions);
    };
    return consumer;
  };
  await using streams = app(counting(), client);
  await streams.start();
  expect(await countOf(fake, 'k1-0', 1)).toBe('12');
});

test('a transaction that is still ending is waited for, and holds up no other task', async () => {
  const fake = counted([0, 1]);
  const place = fake.partition({ topic: changelog, partition: 1 });
  place.undecided = 1;
  await using streams = app(counting(), fake.connect(), { processingGuarantee: 'exactly_once_v2' });
  await streams.start();
  await restores(streams, { '0_1': 1 });
  expect(await countOf(fake, 'a', 0)).toBe('1');
  expect(streams.tasks).toEqual(['0_0']);
  place.undecided = 0;
  fake.append(changelog, 'k1-0', '11', 0, 1);
  expect(await countOf(fake, 'k1-0', 1)).toBe('12');
});

describe('a restore that is interrupted', () => {
  test('by a rebalance goes on elsewhere, and here as a standby', async () => {
    const fake = counted([50, 50]);
    const client = fake.connect('by-assignor');
    const config = { numStandbyReplicas: 1 };
    await using first = app(counting(), client, { ...config, stateRestoreListener: halting(fake, client) });
    await first.start();
    await restores(first, { '0_0': 40, '0_1': 40 });
    await using second = app(counting(), fake.connect('by-assignor'), config);
    await second.start();
    await eventually(() => expect(second.tasks).toHaveLength(1));
    const [moved = ''] = second.tasks;
    const partition = Number(moved.slice(2));
    expect([...first.restoringTasks.keys()]).toEqual([`0_${1 - partition}`]);
    expect(await countOf(fake, `k${partition}-3`, partition)).toBe('11');
    client.isHeldBack = false;
    expect(await countOf(fake, `k${1 - partition}-3`, 1 - partition)).toBe('11');
    await eventually(() => expect(first.standbyTasks.get(moved)).toBe(0));
    expect([readBy(client, partition), readBy(client, 1 - partition)]).toEqual([51, 50]);
  });

  test('because the group has gone on goes on from where it was', async () => {
    const fake = counted([0, 50]);
    const client = fake.connect('by-assignor');
    await using streams = app(counting(), client, { stateRestoreListener: halting(fake, client) });
    await streams.start();
    await restores(streams, { '0_1': 40 });
    const { rebalances } = fake.group;
    client.member?.lose();
    await eventually(() => expect(fake.group.rebalances).toBeGreaterThan(rebalances));
    await restores(streams, { '0_1': 40 });
    client.isHeldBack = false;
    expect([await countOf(fake, 'a', 0), await countOf(fake, 'k1-49', 1)]).toEqual(['1', '11']);
    expect(readBy(client, 1)).toBe(50);
  });

  test('by a transaction of other tasks that fails is not', async () => {
    const fake = counted([0, 50]);
    const client = fake.connect();
    let suspensions = 0;
    const onRestoreSuspended = () => {
      suspensions += 1;
    };
    await using streams = app(counting(), client, {
      processingGuarantee: 'exactly_once_v2',
      stateRestoreListener: { ...halting(fake, client), onRestoreSuspended },
    });
    await streams.start();
    await restores(streams, { '0_1': 40 });
    fake.refusedCommits = 1;
    expect(await countOf(fake, 'a', 0)).toBe('1');
    expect(fake.refusedCommits).toBe(0);
    expect([streams.tasks, streams.state]).toEqual([['0_0'], 'REBALANCING']);
    client.isHeldBack = false;
    expect(await countOf(fake, 'k1-49', 1)).toBe('11');
    expect([readBy(client, 1), suspensions]).toEqual([50, 0]);
  });

  test('by the end of the process goes on with what it has on disk', async () => {
    const fake = counted([0, 50]);
    const stateDir = join(root, 'closed');
    const client = fake.connect();
    const streams = app(counting(), client, { stateDir, stateRestoreListener: halting(fake, client) });
    await streams.start();
    await restores(streams, { '0_1': 40 });
    await streams.close();
    const next = fake.connect();
    await using again = app(counting(), next, { stateDir });
    await again.start();
    expect(await countOf(fake, 'k1-49', 1)).toBe('11');
    expect([readBy(client, 1), readBy(next, 1)]).toEqual([10, 40]);
  });

  test('because its changelog has lost what came next begins anew', async () => {
    const fake = counted([0, 50]);
    const client = fake.connect();
    await using streams = app(counting(), client, { stateRestoreListener: halting(fake, client) });
    await streams.start();
    await restores(streams, { '0_1': 40 });
    // The removal of what has been read may have been among what is gone.
    fake.partition({ topic: changelog, partition: 1 }).start = 20;
    client.isHeldBack = false;
    expect([await countOf(fake, 'k1-5', 1), await countOf(fake, 'k1-30', 1)]).toEqual(['1', '11']);
  });

  test('by an error that no waiting cures ends the application', async () => {
    const fake = counted([0, 50]);
    const client = fake.connect();
    const open = client.consumer.bind(client);
    client.consumer = (options) => {
      const consumer = open(options);
      const denied = new ClientError('NAGARE_CLIENT_KAFKA', 'denied', { kafka: 'TOPIC_AUTHORIZATION_FAILED' });
      if (options.groupId === undefined) consumer.poll = () => Promise.reject(denied);
      return consumer;
    };
    const streams = app(counting(), client);
    await streams.start();
    await expect(streams.finished).rejects.toThrow('denied');
    expect(streams.state).toBe('ERROR');
  });
});

describe('a listener', () => {
  const at = { taskId: '0_1', store: 'counts', topic: changelog, partition: 1 };

  /** Notes what it is told. */
  function noting() {
    const told: unknown[] = [];
    const note = (what: string) => (event: object) => void told.push([what, event]);
    const listener: StateRestoreListener = {
      onRestoreStart: note('start'),
      onBatchRestored: note('batch'),
      onRestoreEnd: note('end'),
      onRestoreSuspended: note('suspended'),
    };
    return { told, listener };
  }

  test('is told how a restore goes', async () => {
    const fake = counted([0, 15]);
    fake.fetchRecordsMax = 10;
    const { told, listener } = noting();
    await using streams = app(counting(), fake.connect(), { stateRestoreListener: listener });
    await streams.start();
    await eventually(() => expect(streams.state).toBe('RUNNING'));
    expect(told).toEqual([
      ['start', { ...at, startOffset: 0, endOffset: 15 }],
      ['batch', { ...at, batchEndOffset: 9, numRestored: 10 }],
      ['batch', { ...at, batchEndOffset: 14, numRestored: 5 }],
      ['end', { ...at, totalRestored: 15 }],
    ]);
  });

  test('is told when a restore does not come to its end', async () => {
    const fake = counted([0, 15]);
    const client = fake.connect();
    client.isHeldBack = true;
    const { told, listener } = noting();
    const streams = app(counting(), client, { stateRestoreListener: listener });
    await streams.start();
    await restores(streams, { '0_1': 15 });
    await streams.close();
    expect(told).toEqual([
      ['start', { ...at, startOffset: 0, endOffset: 15 }],
      ['suspended', { ...at, totalRestored: 0 }],
    ]);
  });

  test('can fail, and the restore goes on', async () => {
    const fake = counted([0, 15]);
    const warned: string[] = [];
    const config: Partial<StreamsConfig> = {
      log: { ...silentLog, warn: (event) => void warned.push(event) },
      stateRestoreListener: {
        onRestoreStart: () => {
          throw new Error('the test');
        },
      },
    };
    await using streams = app(counting(), fake.connect(), config);
    await streams.start();
    expect(await countOf(fake, 'k1-3', 1)).toBe('11');
    expect(warned).toEqual(['streams.listener-failed']);
  });
});
