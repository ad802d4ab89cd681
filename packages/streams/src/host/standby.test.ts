import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assignor } from '@nagare/client';
import { defineSerde, string } from '@nagare/serdes';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { StreamsConfig } from '../config.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { type FakeClient, FakeCluster } from '../testing/fake-cluster.ts';

// A generous deadline, for slow machines.
vi.setConfig({ testTimeout: 120_000 });

const root = mkdtempSync(join(tmpdir(), 'nagare-standby-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const changelog = 'app-counts-changelog';
const textNumber = defineSerde<number>({ write: (n) => Buffer.from(String(n)), read: (bytes) => Number(bytes) });

function cluster(partitions = 2): FakeCluster {
  const made = new FakeCluster();
  made.createTopic('in', partitions);
  made.createTopic('out');
  return made;
}

/** An instance of an application that counts, and the client that it has. */
interface Instance extends AsyncDisposable {
  readonly streams: Streams;
  readonly client: FakeClient;
}

async function start(
  fake: FakeCluster,
  config: Partial<StreamsConfig> = {},
  { isHeldBack = false }: { readonly isHeldBack?: boolean } = {},
): Promise<Instance> {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: string, value: string })
    .groupByKey()
    .count({ store: 'counts', value: textNumber })
    .toStream()
    .to('out', { value: textNumber });
  const client = fake.connect('by-assignor');
  client.isHeldBack = isHeldBack;
  const base = { applicationId: 'app', client, pollMs: 10, commitIntervalMs: 0 };
  const streams = new Streams(builder.build(), { ...base, ...config });
  await streams.start();
  return { streams, client, [Symbol.asyncDispose]: () => streams.close() };
}

/** Waits for a condition that time alone does not decide. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });

const settled = (...instances: Instance[]) =>
  eventually(() => expect(instances.flatMap(({ streams }) => streams.tasks).sort()).toEqual(['0_0', '0_1']));

function send(fake: FakeCluster, count: number, keys = 3): void {
  for (let at = 0; at < count; at += 1) {
    for (let partition = 0; partition < 2; partition += 1) {
      fake.append('in', `k${partition}-${at % keys}`, 'x', at, partition);
    }
  }
}

const processed = (fake: FakeCluster, count: number) =>
  eventually(() => {
    for (const partition of [0, 1]) expect(fake.committed.get(`${partition} in`)?.offset).toBe(count);
  });

/** The last count of each key, added up: so many records were counted. */
function counted(fake: FakeCluster): number {
  return [...new Map(fake.read('out')).values()].reduce((sum, count) => sum + Number(count), 0);
}

/** How many changelog records of a partition a process has read, the second reading of one included. */
function readBy({ client }: Instance, partition: number): number {
  const reads = client.reads.filter((read) => read.topic === changelog && read.partition === partition);
  return reads.reduce((sum, { from, to }) => sum + to - from, 0);
}

const changelogEnd = (fake: FakeCluster, partition: number) =>
  fake.partition({ topic: changelog, partition }).records.length;

const partitionOf = (taskId: string | undefined) => Number(taskId?.split('_')[1]);

describe.each(['at_least_once', 'exactly_once_v2'] as const)('under %s', (processingGuarantee) => {
  test('a standby takes over from an instance that dies, and restores only what it lacks', async () => {
    const fake = cluster();
    const config = { numStandbyReplicas: 1, processingGuarantee };
    const first = await start(fake, config);
    await using second = await start(fake, config);
    await settled(first, second);
    await eventually(() => expect([first.streams.tasks.length, second.streams.tasks.length]).toEqual([1, 1]));
    send(fake, 30);
    await processed(fake, 30);
    const [lost] = first.streams.tasks;
    await eventually(() => expect(second.streams.standbyTasks.get(String(lost))).toBe(0));
    const before = readBy(second, partitionOf(lost));
    expect(before).toBe(changelogEnd(fake, partitionOf(lost)));
    first.client.cut();
    await settled(second);
    send(fake, 30);
    await processed(fake, 60);
    expect(readBy(second, partitionOf(lost))).toBe(before);
    expect(counted(fake)).toBe(120);
    await first.streams.close();
  });

  test('a task that moves away leaves its state as a standby, which reads on from there', async () => {
    const fake = cluster();
    const config = { numStandbyReplicas: 1, processingGuarantee };
    await using first = await start(fake, config);
    await settled(first);
    send(fake, 30);
    await processed(fake, 30);
    await using second = await start(fake, config);
    await eventually(() => expect(second.streams.tasks).toHaveLength(1));
    const [moved] = second.streams.tasks;
    await eventually(() => expect(first.streams.standbyTasks.get(String(moved))).toBe(0));
    const had = changelogEnd(fake, partitionOf(moved));
    send(fake, 30);
    await processed(fake, 60);
    await eventually(() => expect(first.streams.standbyTasks.get(String(moved))).toBe(0));
    expect(readBy(first, partitionOf(moved))).toBe(changelogEnd(fake, partitionOf(moved)) - had);
    expect(counted(fake)).toBe(120);
  });
});

test('a task moves to a new instance when its state is there, and goes on until then', async () => {
  const fake = cluster();
  const config = { acceptableRecoveryLag: 0 };
  await using first = await start(fake, config);
  await settled(first);
  send(fake, 30, 30);
  await processed(fake, 30);
  await using second = await start(fake, config, { isHeldBack: true });
  await eventually(() => expect([...second.streams.standbyTasks.values()]).toEqual([30]));
  send(fake, 30, 30);
  await processed(fake, 60);
  expect([first.streams.tasks.length, second.streams.tasks.length]).toEqual([2, 0]);
  second.client.isHeldBack = false;
  await eventually(() => expect(second.streams.tasks).toHaveLength(1));
  const [moved] = second.streams.tasks;
  expect(readBy(second, partitionOf(moved))).toBe(changelogEnd(fake, partitionOf(moved)));
  send(fake, 30, 30);
  await processed(fake, 90);
  expect(counted(fake)).toBe(180);
  expect([...second.streams.standbyTasks.keys()]).toEqual([]);
});

test('an instance that comes back with its state directory gets its tasks back without a warm-up', async () => {
  const fake = cluster();
  const startIn = (name: string, fate?: { isHeldBack: boolean }) =>
    start(fake, { acceptableRecoveryLag: 5, stateDir: join(root, name) }, fate);
  await using first = await startIn('a');
  const second = await startIn('b');
  await eventually(() => expect(second.streams.tasks).toHaveLength(1));
  send(fake, 30, 30);
  await processed(fake, 30);
  const [own] = second.streams.tasks;
  await second.streams.close();
  await settled(first);
  send(fake, 2);
  await processed(fake, 32);
  const { rebalances } = fake.group;
  await using third = await startIn('b', { isHeldBack: true });
  await eventually(() => expect(first.streams.tasks).not.toContain(own));
  third.client.isHeldBack = false;
  await eventually(() => expect(third.streams.tasks).toEqual([own]));
  expect(readBy(third, partitionOf(own))).toBe(2);
  // One takes the task from its owner, the next gives it to the other.
  expect(fake.group.rebalances - rebalances).toBe(2);
  send(fake, 30, 30);
  await processed(fake, 62);
  expect(counted(fake)).toBe(124);
});

test('an instance without tasks is running, with its standbys', async () => {
  const fake = cluster(1);
  await using first = await start(fake, { numStandbyReplicas: 1 });
  await eventually(() => expect(first.streams.tasks).toEqual(['0_0']));
  await using second = await start(fake, { numStandbyReplicas: 1 });
  await eventually(() => expect([...second.streams.standbyTasks.keys()]).toEqual(['0_0']));
  expect(second.streams.state).toBe('RUNNING');
  expect(second.streams.tasks).toEqual([]);
});

test('while a rebalance waits for a member, all tasks go on', async () => {
  const fake = cluster();
  await using first = await start(fake);
  await settled(first);
  const never: Assignor = { name: 'never', protocol: 'cooperative', assign: () => new Map() };
  const nothing = async () => undefined;
  const slow = fake.group.enter(['in'], never, { onRevoked: nothing, onAssigned: nothing });
  const { rebalances } = fake.group;
  send(fake, 5);
  await processed(fake, 5);
  expect(fake.group.rebalances).toBe(rebalances);
  expect(first.streams.state).toBe('RUNNING');
  slow.leave();
});

test('tasks without state move at once, and nobody keeps standbys of them', async () => {
  const fake = cluster();
  const builder = new StreamsBuilder();
  builder.stream('in', { key: string, value: string }).to('out');
  const startOne = async () => {
    const config = {
      applicationId: 'app',
      client: fake.connect('by-assignor'),
      pollMs: 10,
      commitIntervalMs: 0,
      numStandbyReplicas: 1,
    };
    const streams = new Streams(builder.build(), config);
    await streams.start();
    return streams;
  };
  await using first = await startOne();
  await eventually(() => expect(first.tasks).toEqual(['0_0', '0_1']));
  await using second = await startOne();
  await eventually(() => expect([first.tasks, second.tasks]).toEqual([['0_0'], ['0_1']]));
  fake.append('in', 'a', 'x', 0, 1);
  await eventually(() => expect(fake.read('out')).toHaveLength(1));
  expect([first, second].map(({ standbyTasks }) => standbyTasks.size)).toEqual([0, 0]);
});

test('stores in memory outlive a transaction that fails', async () => {
  const fake = cluster();
  await using only = await start(fake, { processingGuarantee: 'exactly_once_v2' });
  await settled(only);
  send(fake, 10);
  await processed(fake, 10);
  fake.refusedCommits = 1;
  send(fake, 10);
  await processed(fake, 20);
  expect(fake.refusedCommits).toBe(0);
  expect(counted(fake)).toBe(40);
  expect([readBy(only, 0), readBy(only, 1)]).toEqual([0, 0]);
});
