import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';
import { ClientError } from '@nagare/client';
import { string } from '@nagare/serdes';
import { afterAll, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';
import { ChangelogReader } from './changelog-reader.ts';
import { StandbyTasks } from './standby-tasks.ts';
import { StateDirectory } from './state-directory.ts';
import type { StandbyUpdateListener } from './store-listeners.ts';
import type { StreamsAdmin } from './streams-client.ts';

const root = mkdtempSync(join(tmpdir(), 'nagare-standby-tasks-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const changelog = 'app-rows-changelog';
const { disk, timers } = nodePlatform();

function subTopologies() {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: string, value: string })
    .groupByKey()
    .reduce((_, value) => value, { store: 'rows' });
  return builder.build().subTopologies;
}

interface Given {
  readonly stateDir?: string;
  readonly admin?: (admin: StreamsAdmin) => StreamsAdmin;
  readonly listener?: StandbyUpdateListener;
}

/** A changelog, and what follows it. */
function world(given: Given = {}) {
  const fake = new FakeCluster();
  fake.createTopic(changelog);
  const client = fake.connect();
  const clock = { ms: 0, nowMs: () => 0, monotonicMs: () => clock.ms };
  const common = { applicationId: 'app', stateDir: given.stateDir, disk, timers };
  const directory = new StateDirectory({ ...common, changelogIds: new Map([['rows', 'id']]) });
  const admin = (given.admin ?? ((same) => same))(client.admin());
  const openConsumer = () => client.consumer({ autoOffsetReset: 'earliest' });
  const { signal } = new AbortController();
  const reader = new ChangelogReader({ openConsumer, isAwaited: false, clock, log: silentLog, signal });
  const { listener = {} } = given;
  const options = { subTopologies: subTopologies(), directory, admin, reader, listener, clock, log: silentLog };
  const standbys = new StandbyTasks(options);
  const round = async () => {
    standbys.update(true);
    await reader.read();
    await new Promise<void>((resolve) => void timers.soon(resolve));
  };
  const rounds = async (count: number) => {
    for (let at = 0; at < count; at += 1) await round();
  };
  const until = async (holds: () => boolean) => {
    while (!holds()) await round();
  };
  return { fake, client, clock, directory, options, standbys, rounds, until };
}

const isLevel = (standbys: StandbyTasks) => standbys.lags.get('0_0') === 0;

/** The keys that a standby has, of these. */
async function keysOf(standbys: StandbyTasks, keys: readonly string[]): Promise<string[]> {
  const [store] = (await standbys.take('0_0')) ?? [];
  return keys.filter((key) => store?.buffer.get(Buffer.from(key)) !== undefined);
}

test('a standby follows its changelog, and tells what it lacks', async () => {
  const { fake, client, standbys, until } = world();
  fake.append(changelog, 'a', '1');
  client.isHeldBack = true;
  standbys.want(['0_0']);
  await until(() => standbys.lags.get('0_0') === 1);
  client.isHeldBack = false;
  await until(() => isLevel(standbys));
  fake.append(changelog, 'b', '2');
  expect(standbys.lags.get('0_0')).toBe(1);
  await until(() => isLevel(standbys));
  expect(standbys.positions).toEqual(new Map([['0_0', 2]]));
  expect(await keysOf(standbys, ['a', 'b', 'c'])).toEqual(['a', 'b']);
  await standbys.close();
});

test('a standby begins anew when its changelog has lost what it was to read next', async () => {
  const { fake, client, standbys, until } = world();
  fake.append(changelog, 'a', '1');
  standbys.want(['0_0']);
  await until(() => isLevel(standbys));
  client.isHeldBack = true;
  for (const key of ['b', 'c', 'd']) fake.append(changelog, key, '2');
  // The removal of a may have been among what is gone.
  fake.partition({ topic: changelog, partition: 0 }).start = 2;
  client.isHeldBack = false;
  await until(() => standbys.positions.get('0_0') === 4 && isLevel(standbys));
  expect(await keysOf(standbys, ['a', 'b', 'c', 'd'])).toEqual(['c', 'd']);
  await standbys.close();
});

test('a standby waits for brokers, and asks them once a second', async () => {
  let failuresLeft = 2;
  const failing = (admin: StreamsAdmin): StreamsAdmin => ({
    ...admin,
    listOffsets: async (request) => {
      if (failuresLeft === 0) return admin.listOffsets(request);
      failuresLeft -= 1;
      throw new ClientError('NAGARE_CLIENT_NO_BROKER', 'the test');
    },
  });
  const { fake, clock, standbys, until, rounds } = world({ admin: failing });
  fake.append(changelog, 'a', '1');
  standbys.want(['0_0']);
  await until(() => failuresLeft === 1);
  await rounds(50);
  expect(failuresLeft).toBe(1);
  clock.ms = 1_000;
  await until(() => failuresLeft === 0);
  clock.ms = 2_000;
  await until(() => isLevel(standbys));
  expect(await keysOf(standbys, ['a'])).toEqual(['a']);
  await standbys.close();
});

test('a folder that another process has is tried again, and what is closed is still reported', async () => {
  const { directory, options, clock, standbys, until } = world({ stateDir: join(root, 'shared') });
  const [spec] = options.subTopologies[0]?.stores ?? [];
  const other = await directory.open(spec as never, { taskId: '0_0', partition: 0 });
  await other.buffer.store.write({ entries: [], position: 0 });
  let tries = 0;
  const openFree = directory.openFree.bind(directory);
  directory.openFree = async (...asked) => {
    const opened = await openFree(...asked);
    tries += 1;
    return opened;
  };
  standbys.want(['0_0']);
  await until(() => tries === 1);
  expect(standbys.lags.size).toBe(0);
  await other.buffer.store.close();
  clock.ms = 1_000;
  await until(() => isLevel(standbys));
  expect(tries).toBe(2);
  standbys.want([]);
  await until(() => standbys.lags.size === 0 && standbys.positions.size === 1);
  expect(standbys.positions).toEqual(new Map([['0_0', 0]]));
  await standbys.close();
  const later = new StandbyTasks(options);
  await later.takeStock();
  expect(later.positions).toEqual(new Map([['0_0', 0]]));
  await later.close();
});

test('a listener is told how a standby follows its changelog', async () => {
  const told: unknown[] = [];
  const note = (what: string) => (event: object) => void told.push([what, event]);
  const listener = { onUpdateStart: note('start'), onBatchLoaded: note('batch'), onUpdateSuspended: note('suspended') };
  const { fake, standbys, until } = world({ listener });
  for (const key of ['a', 'b']) fake.append(changelog, key, '1');
  standbys.want(['0_0']);
  await until(() => isLevel(standbys));
  await standbys.take('0_0');
  const at = { taskId: '0_0', store: 'rows', topic: changelog, partition: 0 };
  expect(told).toEqual([
    ['start', { ...at, startingOffset: 0 }],
    ['batch', { ...at, batchEndOffset: 1, batchSize: 2, currentEndOffset: 2 }],
    ['suspended', { ...at, storeOffset: 2, reason: 'promoted' }],
  ]);
  standbys.want([]);
  await standbys.close();
});

test('what a store fails with ends the application', async () => {
  const { fake, standbys, until } = world();
  standbys.want(['0_0']);
  await until(() => isLevel(standbys));
  const [store] = (await standbys.take('0_0')) ?? [];
  const broken = { ...store?.buffer.store, position: 0, write: () => Promise.reject(new Error('no space')) };
  const stores = [{ ...store, buffer: { store: broken } }];
  standbys.adopt({ id: '0_0', partition: 0, stores: stores as never });
  fake.append(changelog, 'a', '1');
  await expect(until(() => false)).rejects.toThrow('no space');
});
