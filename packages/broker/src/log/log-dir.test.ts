import { createSimulation, type SimPlatform } from '@nagare/base/sim';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultLogConfig } from './log-config.ts';
import { LogDir, type LogDirOptions } from './log-dir.ts';
import { deletedFolderOf, partitionIn } from './partition-folder.ts';
import { sampleBatch } from './sample-batches.ts';

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
const place = { topic: 'orders', partition: 1, topicId, config: defaultLogConfig, nowMs: 0 };
let sim: ReturnType<typeof createSimulation>;
let platform: SimPlatform;

beforeEach(() => {
  sim = createSimulation({ seed: 1 });
  platform = sim.platform();
});

function open(changes: Partial<LogDirOptions> = {}): Promise<LogDir> {
  const { disk, random } = platform;
  const names = { nodeId: 1, newClusterId: 'cluster-a', newDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAw' };
  return sim.complete(LogDir.open({ disk, random, path: '/data', ...names, ...changes }));
}

async function text(name: string): Promise<string> {
  return (await sim.complete(platform.disk.readFile(`/data/${name}`))).toString();
}

function names(): Promise<string[]> {
  return sim.complete(platform.disk.list('/data'));
}

/** Opens a partition's log and appends one record, durably. */
async function write(dir: LogDir): Promise<void> {
  const log = await sim.complete(dir.openLog(place));
  log.append(sampleBatch({ baseOffset: log.endOffset }), 0);
  await sim.complete(log.synced());
}

test('a topic that gets the name of a deleted one begins anew, whatever the checkpoints say of that', async () => {
  let dir = await open();
  await write(dir);
  await write(dir);
  const log = await sim.complete(dir.openLog(place));
  for (let record = 0; record < 3; record += 1) log.append(sampleBatch({ baseOffset: log.endOffset }), 0);
  log.deleteBefore(3, 0);
  await sim.complete(dir.close(new Map()));
  dir = await open();
  await sim.complete(dir.openLog(place));
  await sim.complete(dir.deleteLog(place, 0));
  const again = await sim.complete(dir.openLog({ ...place, topicId: 'AAAAAAAAAAAAAAAAAAAAAg' }));
  expect([again.startOffset, again.endOffset]).toEqual([0, 0]);
  await sim.complete(dir.close(new Map()));
});

describe('a directory', () => {
  test('belongs to the node and cluster that made it', async () => {
    const first = await open();
    expect(first.meta).toEqual({ clusterId: 'cluster-a', nodeId: 1, directoryId: 'AAAAAAAAAAAAAAAAAAAAAw' });
    await sim.complete(first.close(new Map()));
    expect((await text('meta.properties')).split('\n')).toContain('version=1');
    await expect(open({ nodeId: 2 })).rejects.toMatchObject({ code: 'NAGARE_BROKER_NODE_ID_MISMATCH' });
    await expect(open({ clusterId: 'b' })).rejects.toMatchObject({ code: 'NAGARE_BROKER_CLUSTER_ID_MISMATCH' });
    const again = await open({ newClusterId: 'cluster-c', newDirectoryId: 'other' });
    expect(again.meta).toEqual(first.meta);
  });

  test('that something else wrote is not touched', async () => {
    await sim.complete(platform.disk.makeDirectory('/data'));
    const file = await sim.complete(platform.disk.open('/data/meta.properties', { create: true }));
    await sim.complete(file.write([Buffer.from('version=7\n')], 0));
    await expect(open()).rejects.toMatchObject({ code: 'NAGARE_BROKER_DIRECTORY_FOREIGN' });
  });

  test('is used by one process at a time', async () => {
    const dir = await open();
    await expect(open()).rejects.toMatchObject({ code: 'NAGARE_BROKER_DIRECTORY_LOCKED' });
    await sim.complete(dir.close(new Map()));
    await open();
  });
});

describe('a clean shutdown', () => {
  test('is told by a marker that is true for one start', async () => {
    const dir = await open();
    expect(dir.wasCleanShutdown).toBe(false);
    await write(dir);
    await sim.complete(dir.close(new Map([['orders 1', 1]])));
    expect(await names()).toContain('.kafka_cleanshutdown');
    const again = await open();
    expect([again.wasCleanShutdown, again.partitions]).toEqual([true, [{ topic: 'orders', partition: 1 }]]);
    expect(again.highWatermark({ topic: 'orders', partition: 1 })).toBe(1);
    platform.powerLoss();
    platform = sim.platform();
    const third = await open();
    expect(third.wasCleanShutdown).toBe(false);
    expect((await sim.complete(third.openLog(place))).endOffset).toBe(1);
  });

  test('is not claimed when a log has failed', async () => {
    const dir = await open();
    await write(dir);
    platform.disk.failNext('write');
    await sim.complete(dir.close(new Map()));
    expect(await names()).not.toContain('.kafka_cleanshutdown');
  });
});

test('checkpoints are in the form of Kafka, and hold after power loss', async () => {
  const dir = await open();
  await write(dir);
  const log = await sim.complete(dir.openLog({ ...place, topic: 'other.topic', partition: 0 }));
  log.append(sampleBatch({ timestamps: [1, 2, 3] }), 0);
  await sim.complete(log.synced());
  log.deleteBefore(2, 0);
  await sim.complete(Promise.all([dir.checkpoint(new Map()), dir.checkpoint(new Map([['orders 1', 1]]))]));
  expect(await text('recovery-point-offset-checkpoint')).toBe('0\n2\norders 1 1\nother.topic 0 3\n');
  platform.powerLoss();
  platform = sim.platform();
  const again = await open();
  const reopened = await sim.complete(again.openLog({ ...place, topic: 'other.topic', partition: 0 }));
  expect([reopened.startOffset, reopened.endOffset]).toEqual([2, 3]);
  expect(again.highWatermark(place)).toBe(1);
});

describe('a deleted partition', () => {
  const config = { ...defaultLogConfig, fileDeleteDelayMs: 100 };

  test('leaves its name at once and its bytes later', async () => {
    const dir = await open();
    const log = await sim.complete(dir.openLog({ ...place, config }));
    log.append(sampleBatch(), 0);
    await sim.complete(log.written());
    await sim.complete(dir.deleteLog(place, 1000));
    expect((await names()).filter((name) => name.startsWith('orders'))).toEqual([
      expect.stringMatching(/^orders-1\.[0-9a-f]{32}-delete$/),
    ]);
    await sim.complete(dir.removeDue(1099));
    expect((await names()).some((name) => name.endsWith('-delete'))).toBe(true);
    await sim.complete(dir.removeDue(1100));
    expect((await names()).some((name) => name.endsWith('-delete'))).toBe(false);
    expect((await sim.complete(dir.openLog(place))).endOffset).toBe(0);
  });

  test('goes at the next start when the process dies before', async () => {
    const dir = await open();
    await write(dir);
    await sim.complete(dir.deleteLog(place, 1000));
    platform.crash();
    platform = sim.platform();
    expect((await open()).partitions).toEqual([]);
    expect((await names()).some((name) => name.endsWith('-delete'))).toBe(false);
  });

  test('makes room for a topic of the same name', async () => {
    const dir = await open();
    await write(dir);
    await sim.complete(dir.close(new Map()));
    const again = await open();
    const log = await sim.complete(again.openLog({ ...place, topicId: 'AAAAAAAAAAAAAAAAAAAAAg' }));
    expect(log.endOffset).toBe(0);
  });

  test('has a name that a disk can take', () => {
    const name = { topic: 't'.repeat(249), partition: 1234 };
    expect(deletedFolderOf(name, 'f'.repeat(32))).toHaveLength(255);
    expect(partitionIn(`${name.topic}-${name.partition}`)).toEqual(name);
    expect(partitionIn('a-b-7')).toEqual({ topic: 'a-b', partition: 7 });
    expect([partitionIn('meta.properties'), partitionIn('a-x'), partitionIn('-1')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
