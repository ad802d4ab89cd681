import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform } from '@nagare/base/node';
import { afterAll, describe, expect, test } from 'vitest';
import { byteStoreSuite } from './contracts/byte-store-suite.ts';
import { versionedStoreSuite } from './contracts/versioned-store-suite.ts';
import { LevelStore } from './level.ts';
import { ReadBudget } from './read-cache.ts';

const root = mkdtempSync(join(tmpdir(), 'nagare-level-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const { disk } = nodePlatform();
let folders = 0;
const freshPath = () => {
  folders += 1;
  return join(root, String(folders));
};
const open = (path: string, identity = 'app-counts-changelog/1/0') =>
  LevelStore.open({ path, disk, identity, ordered: true });
const entry = (key: string, value: string) => ({ key: Buffer.from(key), value: Buffer.from(value), timestamp: 0 });

byteStoreSuite('LevelStore', () => open(freshPath()));
versionedStoreSuite('LevelStore', () => open(freshPath()));

describe('LevelStore on disk', () => {
  test('has content and position again after it was closed', async () => {
    const path = freshPath();
    const store = await open(path);
    await store.write({ entries: [entry('a', '1'), entry('b', '2')], position: 7 });
    await store.close();
    const again = await open(path);
    expect(again.position).toBe(7);
    expect(again.get(Buffer.from('a'))?.toString()).toBe('1');
    expect([...again.range()].map(([key]) => key.toString())).toEqual(['a', 'b']);
    await again.close();
  });

  test('is wiped when it belongs to another changelog', async () => {
    const path = freshPath();
    const store = await open(path);
    await store.write({ entries: [entry('a', '1')], position: 7 });
    await store.close();
    const other = await open(path, 'app-counts-changelog/2/0');
    expect(other.position).toBeUndefined();
    expect(other.get(Buffer.from('a'))).toBeUndefined();
    await other.close();
  });

  test('is wiped when LevelDB cannot open it', async () => {
    const path = freshPath();
    const store = await open(path);
    await store.write({ entries: [entry('a', '1')], position: 7 });
    await store.close();
    for (const name of readdirSync(path)) {
      if (name === 'CURRENT') writeFileSync(join(path, name), 'MANIFEST-999999\n');
    }
    const again = await open(path);
    expect(again.position).toBeUndefined();
    expect(again.get(Buffer.from('a'))).toBeUndefined();
    await again.close();
  });

  test('is refused while another one holds the folder', async () => {
    const path = freshPath();
    const store = await open(path);
    await expect(open(path)).rejects.toMatchObject({ code: 'NAGARE_STREAMS_STATE_LOCKED' });
    await store.close();
  });

  test('is not looked at while another one holds the folder, so that what it writes is not taken for damage', async () => {
    const path = freshPath();
    const store = await open(path);
    await store.write({ entries: [entry('a', '1')], position: 7 });
    writeFileSync(join(path, 'CURRENT'), 'MANIFEST');
    await expect(open(path)).rejects.toMatchObject({ code: 'NAGARE_STREAMS_STATE_LOCKED' });
    expect(readdirSync(path)).toContain('CURRENT');
    await store.close();
  });

  test('is gone after it was discarded', async () => {
    const path = freshPath();
    const store = await open(path);
    await store.write({ entries: [entry('a', '1')], position: 7 });
    await store.discard();
    const again = await open(path);
    expect(again.position).toBeUndefined();
    await again.close();
  });

  test('reads a value that its cache has forgotten', async () => {
    const store = await LevelStore.open({ path: freshPath(), disk, identity: 'x', reads: new ReadBudget(10) });
    const keys = Array.from({ length: 100 }, (_, i) => `key-${i}`);
    await store.write({ entries: keys.map((key) => entry(key, `value of ${key}`)), position: 1 });
    for (const key of keys) expect(store.get(Buffer.from(key))?.toString()).toBe(`value of ${key}`);
    await store.close();
  });
});
