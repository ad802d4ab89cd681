import { describe, expect, test } from 'vitest';
import { type Disk, replaceFile } from '../disk.ts';
import { createSimulation, type SimPlatform, type Simulation } from './simulation.ts';

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('power loss', () => {
  test('leaves synced bytes under a synced name', async () => {
    for (const seed of seeds) {
      const { sim, node } = start(seed);
      await sim.complete(putDurably(node.disk, '/a', 'durable'));
      await sim.complete(put(node.disk, '/a', 'lost or not', 7));
      node.powerLoss();
      expect((await contentOf(sim, '/a'))?.subarray(0, 7).toString()).toBe('durable');
    }
  });

  test('takes unsynced bytes, or a part, or nothing, or leaves noise', async () => {
    const lengths = new Set<number>();
    const kinds = new Set<string>();
    for (const seed of seeds) {
      const { sim, node } = start(seed);
      await sim.complete(putDurably(node.disk, '/a', ''));
      await sim.complete(put(node.disk, '/a', 'x'.repeat(2_000)));
      node.powerLoss();
      const left = (await contentOf(sim, '/a'))!;
      lengths.add(left.length);
      for (const byte of left) kinds.add(byte === 120 ? 'written' : byte === 0 ? 'zero' : 'noise');
    }
    expect(lengths).toContain(0);
    expect(lengths).toContain(2_000);
    expect(lengths.size).toBeGreaterThan(5);
    expect([...kinds].sort()).toEqual(['noise', 'written', 'zero']);
  });

  test('may take a name whose folder was not synced, created or removed', async () => {
    const outcomes = new Set<string>();
    for (const seed of seeds) {
      const { sim, node } = start(seed);
      await sim.complete(putDurably(node.disk, '/old', 'old'));
      await sim.complete(node.disk.remove('/old'));
      const file = await sim.complete(node.disk.open('/new', { create: true }));
      await sim.complete(file.sync());
      node.powerLoss();
      outcomes.add((await sim.complete(sim.platform().disk.list('/'))).join());
    }
    expect([...outcomes].sort()).toEqual(['', 'new', 'old']);
  });

  test('leaves of a replaced file the old or the new, whole', async () => {
    const outcomes = new Set<string>();
    for (const seed of seeds) {
      const { sim, node } = start(seed);
      await sim.complete(replaceFile(node.disk, '/a', Buffer.from('old')));
      replaceFile(node.disk, '/a', Buffer.from('new'));
      await sim.advance((seed % 12) / 4);
      node.powerLoss();
      outcomes.add((await contentOf(sim, '/a'))!.toString());
    }
    expect([...outcomes].sort()).toEqual(['new', 'old']);
  });
});

describe('a crash', () => {
  test('keeps what was written, synced or not', async () => {
    const { sim, node } = start(1);
    await sim.complete(put(node.disk, '/a', 'written'));
    node.crash();
    expect((await contentOf(sim, '/a'))?.toString()).toBe('written');
  });

  test('in a write leaves some of it', async () => {
    const lengths = new Set<number>();
    for (const seed of seeds) {
      const { sim, node } = start(seed);
      const file = await sim.complete(node.disk.open('/a', { create: true }));
      file.write([Buffer.from('abc'), Buffer.from('def')], 0);
      node.crash();
      const left = (await contentOf(sim, '/a'))!.toString();
      expect('abcdef').toContain(left);
      lengths.add(left.length);
    }
    expect(lengths.size).toBe(7);
  });

  test('frees its locks', async () => {
    const { sim, node } = start(1);
    await sim.complete(node.disk.lock('/.lock'));
    node.crash();
    await sim.complete(sim.platform().disk.lock('/.lock'));
  });
});

describe('a failing disk', () => {
  test('forgets for ever what a failed sync should have kept', async () => {
    const { sim, node } = start(1);
    await sim.complete(putDurably(node.disk, '/a', 'first'));
    const file = await sim.complete(node.disk.open('/a'));
    await sim.complete(file.write([Buffer.from('SECOND')], 0));
    node.disk.failNext('sync');
    await expect(sim.complete(file.sync())).rejects.toMatchObject({ code: 'EIO', path: '/a' });
    await sim.complete(file.sync());
    expect((await sim.complete(file.read(0, 6))).toString()).toBe('SECOND');
    node.powerLoss();
    expect((await contentOf(sim, '/a'))!.subarray(0, 5).toString()).toBe('first');
  });

  test('fails reads and writes at the rates that it is given', async () => {
    const { sim, node } = start(1);
    const file = await sim.complete(node.disk.open('/a', { create: true }));
    Object.assign(node.disk.faults, { readErrorRate: 1, writeErrorRate: 1 });
    await expect(sim.complete(file.read(0, 1))).rejects.toMatchObject({ code: 'EIO' });
    await expect(sim.complete(file.write([Buffer.from('x')], 0))).rejects.toMatchObject({ code: 'EIO' });
    Object.assign(node.disk.faults, { readErrorRate: 0, writeErrorRate: 0 });
    await sim.complete(file.write([Buffer.from('x')], 0));
  });

  test('that is full writes what fits, and more once there is room', async () => {
    const { sim, node } = start(1);
    await sim.complete(put(node.disk, '/big', 'x'.repeat(90)));
    node.disk.faults.bytesMax = 100;
    await expect(sim.complete(put(node.disk, '/a', 'y'.repeat(20)))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await contentOf(sim, '/a')).toHaveLength(10);
    await sim.complete(put(node.disk, '/a', 'z'.repeat(10)));
    await sim.complete(node.disk.remove('/big'));
    await sim.complete(put(node.disk, '/a', 'y'.repeat(20)));
  });
});

test('each node has its own disk', async () => {
  const sim = createSimulation({ seed: 1 });
  await sim.complete(put(sim.platform('a').disk, '/file', 'a'));
  expect(await sim.complete(sim.platform('b').disk.list('/'))).toEqual([]);
});

function start(seed: number): { sim: Simulation; node: SimPlatform } {
  const sim = createSimulation({ seed });
  return { sim, node: sim.platform() };
}

async function put(disk: Disk, path: string, content: string, position = 0): Promise<void> {
  const file = await disk.open(path, { create: true });
  await file.write([Buffer.from(content)], position);
  await file.close();
}

async function putDurably(disk: Disk, path: string, content: string): Promise<void> {
  const file = await disk.open(path, { create: true });
  await file.write([Buffer.from(content)], 0);
  await file.sync();
  await file.close();
  await disk.syncDirectory('/');
}

/** What the node's next life reads; undefined when nothing is there. */
async function contentOf(sim: Simulation, path: string): Promise<Buffer | undefined> {
  const { disk } = sim.platform();
  const there = await sim.complete(disk.stat(path));
  return there && sim.complete(disk.readFile(path));
}
