import { apis, encodeBatch, lastOffset, splitBatches } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { dataDirectory, fetchRequest, SimBroker } from '../testing/sim-broker.ts';

const table = { 'cleanup.policy': 'compact', 'segment.ms': '1000', 'min.cleanable.dirty.ratio': '0.01' };
let broker: SimBroker;

async function start(settings: Readonly<Record<string, string | number>> = {}): Promise<void> {
  const always = { 'connections.max.idle.ms': -1, 'log.cleaner.backoff.ms': 500 };
  broker = await SimBroker.start({ settings: { ...always, ...settings } });
}

beforeEach(() => start());

/** Appends records as `key=value`, of now. */
function put(topic: string, ...pairs: readonly string[]): Promise<number> {
  const timestamp = broker.node.clock.nowMs();
  const records = pairs.map((pair) => {
    const [key, value] = pair.split('=');
    return { timestamp, key: Buffer.from(key!), value: value === '' ? null : Buffer.from(value!) };
  });
  return broker.produce(topic, encodeBatch({}, records));
}

/** All records of a topic as a consumer gets them, over as many fetches as that takes. */
async function consume(topic: string): Promise<string[]> {
  const found: string[] = [];
  for (let offset = 0; ; ) {
    const { responses } = await broker.ask(apis.fetch, 11, fetchRequest(topic, offset));
    const batches = splitBatches(responses[0]?.partitions[0]?.records ?? Buffer.alloc(0));
    if (batches.length === 0) return found;
    const { records } = await broker.read(topic, offset);
    found.push(...records.map(({ offset: at, key, value }) => `${at} ${key}=${value}`));
    offset = lastOffset(batches.at(-1)!) + 1;
  }
}

describe('the broker compacts', () => {
  test('a topic in the background, and a restart finds it so', async () => {
    await broker.createTopic('orders', table);
    for (const value of ['1', '2', '3']) {
      expect(await put('orders', `a=${value}`, `b=${value}`, `only-${value}=x`)).toBe(0);
      await broker.sim.advance(2_000);
    }
    // The second and the third of them closed the segments before; the last one is the active segment's.
    expect(await consume('orders')).toEqual([
      '2 only-1=x',
      '3 a=2',
      '4 b=2',
      '5 only-2=x',
      '6 a=3',
      '7 b=3',
      '8 only-3=x',
    ]);
    await broker.restart();
    expect(await consume('orders')).toHaveLength(7);
    expect(await put('orders', 'a=4')).toBe(0);
    await broker.sim.advance(2_000);
    expect(await consume('orders')).toContain('9 a=4');
    const checkpoint = async () =>
      String(await broker.sim.complete(broker.node.disk.readFile(`${dataDirectory}/cleaner-offset-checkpoint`)));
    await broker.stop();
    expect(await checkpoint()).toBe('0\n1\norders 0 9\n');
  });

  test('tombstones away when their time has come', async () => {
    await broker.createTopic('orders', { ...table, 'delete.retention.ms': '5000', 'file.delete.delay.ms': '0' });
    await put('orders', 'a=1', 'b=1');
    await broker.sim.advance(2_000);
    await put('orders', 'a=');
    await broker.sim.advance(2_000);
    await put('orders', 'c=1');
    await broker.sim.advance(2_000);
    expect(await consume('orders')).toEqual(['1 b=1', '2 a=null', '3 c=1']);
    await broker.sim.advance(6_000);
    await put('orders', 'd=1');
    await broker.sim.advance(2_000);
    expect(await consume('orders')).toEqual(['1 b=1', '3 c=1', '4 d=1']);
  });

  test('nothing when it is told not to', async () => {
    await start({ 'log.cleaner.enable': 'false' });
    await broker.createTopic('orders', table);
    for (const value of ['1', '2', '3']) {
      await put('orders', `a=${value}`);
      await broker.sim.advance(2_000);
    }
    expect(await consume('orders')).toHaveLength(3);
  });

  test('and deletes what is old, where the topic asks for both', async () => {
    await broker.createTopic('orders', { ...table, 'cleanup.policy': 'compact,delete', 'retention.ms': '600000' });
    await put('orders', 'a=1', 'b=1');
    await broker.sim.advance(2_000);
    await put('orders', 'a=2');
    await broker.sim.advance(2_000);
    await put('orders', 'a=3');
    await broker.sim.advance(2_000);
    expect(await consume('orders')).toEqual(['1 b=1', '2 a=2', '3 a=3']);
    await broker.sim.advance(1_200_000);
    await put('orders', 'c=1');
    expect((await broker.read('orders', 4)).logStartOffset).toBe(4);
  });

  test('the offsets of groups, which are all there after a restart in the middle of it', async () => {
    await start({ 'log.cleaner.backoff.ms': 1, 'offsets.topic.num.partitions': 1 });
    await broker.createTopic('orders');
    for (let committed = 0; committed < 12; committed += 1) {
      for (const group of ['g1', 'g2', 'g3']) await commit(group, committed);
      if (committed === 0) await configure('__consumer_offsets', table);
      if (committed % 4 === 3) {
        await broker.sim.advance(1);
        await broker.restart();
        for (const group of ['g1', 'g2', 'g3']) expect(await committedBy(group)).toBe(committed);
      }
      await broker.sim.advance(1_500);
    }
    // Of 36 commits there are left those of the newest segments.
    expect((await consume('__consumer_offsets')).length).toBeLessThan(12);
  });
});

async function configure(resourceName: string, configs: Readonly<Record<string, string>>): Promise<void> {
  const changes = Object.entries(configs).map(([name, value]) => ({ name, configOperation: 0, value }));
  const { responses } = await broker.ask(apis.incrementalAlterConfigs, 1, {
    resources: [{ resourceType: 2, resourceName, configs: changes }],
    validateOnly: false,
  });
  expect(responses[0]?.errorCode).toBe(0);
}

async function commit(groupId: string, committedOffset: number): Promise<void> {
  await broker.ask(apis.findCoordinator, 3, { key: groupId, keyType: 0 });
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { topics } = await broker.ask(apis.offsetCommit, 7, {
      ...{ groupId, generationIdOrMemberEpoch: -1, memberId: '' },
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }],
    });
    if (topics[0]?.partitions[0]?.errorCode === 0) return;
    await broker.sim.advance(100);
  }
  throw new Error(`No commit of ${groupId} came through`);
}

async function committedBy(groupId: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const answer = await broker.ask(apis.offsetFetch, 7, {
      groupId,
      topics: [{ name: 'orders', partitionIndexes: [0] }],
    });
    if (answer.errorCode === 0) return answer.topics[0]?.partitions[0]?.committedOffset;
    await broker.sim.advance(100);
  }
  return undefined;
}
