import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform } from '@nagare/base/node';
import { createSimulation, type SimPlatform } from '@nagare/base/sim';
import { afterAll, describe, expect, test } from 'vitest';
import { byteStoreSuite } from '../../state/contracts/byte-store-suite.ts';
import { DiskStore } from './disk-store.ts';

const root = mkdtempSync(join(tmpdir(), 'nagare-journal-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const { disk } = nodePlatform();
const identity = 'app-counts-changelog/1/0';
let folders = 0;

byteStoreSuite('DiskStore', () => {
  folders += 1;
  return DiskStore.open({ path: join(root, String(folders)), disk, identity, ordered: true });
});

const openOn = (platform: SimPlatform, name = identity) =>
  DiskStore.open({ path: '/state/counts', disk: platform.disk, identity: name, ordered: true });
/** Each batch adds a key and changes the one that all have. */
const batchOf = (number: number) => ({
  entries: ['all', `key ${number}`].map((key) => {
    return { key: Buffer.from(key), value: Buffer.from(`${number}`.repeat(200)), timestamp: number };
  }),
  position: number,
});
const batches = [1, 2, 3, 4, 5];

describe.each(['crash', 'power-loss'] as const)('after a %s', (ending) => {
  test('a store stands at one of its batches, and goes on from there', async () => {
    const positions = new Set<number | undefined>();
    for (let seed = 0; seed < 60; seed += 1) {
      const sim = createSimulation({ seed });
      let node = sim.platform();
      const store = await sim.complete(openOn(node));
      const writing = (async () => {
        for (const number of batches) await store.write(batchOf(number));
      })();
      writing.catch(() => undefined);
      await sim.advance(seed / 120);
      if (ending === 'crash') node.crash();
      else node.powerLoss();
      for (const lives of ['second', 'third']) {
        node = sim.platform();
        const again = await sim.complete(openOn(node));
        const { position } = again;
        positions.add(position);
        const keys = [...again.range()].map(([key]) => key.toString());
        const expected = position === undefined ? [] : ['all', ...batches.slice(0, position).map((n) => `key ${n}`)];
        expect(keys, lives).toEqual(expected);
        expect(again.get(Buffer.from('all'))?.toString()).toBe(position && `${position}`.repeat(200));
        node.crash();
      }
    }
    expect(positions.size).toBeGreaterThan(2);
  });
});

test('a store of another changelog is empty', async () => {
  const sim = createSimulation({ seed: 1 });
  const node = sim.platform();
  const store = await sim.complete(openOn(node));
  await sim.complete(store.write(batchOf(1)));
  await sim.complete(store.close());
  const other = await sim.complete(openOn(node, 'app-counts-changelog/2/0'));
  expect(other.position).toBeUndefined();
  expect([...other.range()]).toEqual([]);
});

test('a store that is open, or still held by its lock, is not opened again', async () => {
  const sim = createSimulation({ seed: 1 });
  const node = sim.platform();
  const store = await sim.complete(openOn(node));
  await expect(sim.complete(openOn(node))).rejects.toMatchObject({ code: 'NAGARE_STREAMS_STATE_LOCKED' });
  await sim.complete(store.discard());
  expect((await sim.complete(openOn(node))).position).toBeUndefined();
});
