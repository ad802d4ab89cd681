import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Random, seededRandom } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoreBatch } from './byte-store.ts';
import { LevelStore } from './level.ts';

/** `NAGARE_DAMAGE_CASES` makes it a long test: 500 are what is promised; `NAGARE_SEED` draws other ones. */
const cases = Number(process.env.NAGARE_DAMAGE_CASES ?? 30);
const seed = process.env.NAGARE_SEED ?? '1';
const { disk } = nodePlatform();
const root = mkdtempSync(join(tmpdir(), 'nagare-damage-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** How a store came to have its files. Each life is a process; the last one may end without closing. */
interface Life {
  readonly name: string;
  readonly lives: number;
  readonly batches: number;
  readonly entries: number;
  readonly valueBytes: number;
  readonly isKilled: boolean;
}

const lives: readonly Life[] = [
  { name: 'a log alone', lives: 1, batches: 20, entries: 10, valueBytes: 100, isKilled: false },
  {
    name: 'a log that a killed process has left',
    lives: 1,
    batches: 20,
    entries: 10,
    valueBytes: 4_000,
    isKilled: true,
  },
  { name: 'tables and a log', lives: 3, batches: 5, entries: 200, valueBytes: 100, isKilled: true },
  { name: 'tables that were merged', lives: 8, batches: 3, entries: 200, valueBytes: 100, isKilled: false },
  { name: 'tables of one life', lives: 1, batches: 12, entries: 40, valueBytes: 20_000, isKilled: false },
];

interface Built {
  readonly path: string;
  readonly batches: readonly StoreBatch[];
}

let folders = 0;
function freshPath(): string {
  folders += 1;
  return join(root, `${folders}`);
}

const open = (path: string) => LevelStore.open({ path, disk, identity: 'changelog', ordered: true });

describe('a store with one damaged file', () => {
  const built = new Map<string, Built>();
  beforeAll(async () => {
    for (const life of lives) built.set(life.name, await build(life));
  });

  test.each(lives.map((life) => [life.name, life] as const))(
    'reads right or is wiped: %s',
    { timeout: 20_000 + cases * 1_000 },
    async (name) => {
      const store = built.get(name) as Built;
      const random = seededRandom(`${name} ${seed}`);
      const seen = { wiped: 0, kept: 0 };
      for (let each = 0; each < cases / lives.length; each += 1) {
        const path = freshPath();
        cpSync(store.path, path, { recursive: true });
        const damage = damageOneFile(path, random);
        const position = await restoreAndCompare(path, store.batches, `${damage} (${name}, case ${each})`);
        seen[position === undefined ? 'wiped' : 'kept'] += 1;
        rmSync(path, { recursive: true });
      }
      if (process.env.NAGARE_DAMAGE_CASES !== undefined) console.log(`${name}: ${JSON.stringify(seen)}`);
    },
  );

  test.each(lives.map((life) => [life.name, life] as const))('is kept when nothing is damaged: %s', async (name) => {
    const store = built.get(name) as Built;
    const path = freshPath();
    cpSync(store.path, path, { recursive: true });
    expect(await restoreAndCompare(path, store.batches, 'nothing')).toBe(store.batches.length);
  });
});

async function build({ name, lives: count, batches: perLife, entries, valueBytes, isKilled }: Life): Promise<Built> {
  const random = seededRandom(name);
  const path = freshPath();
  const batches: StoreBatch[] = [];
  for (let life = 1; life <= count; life += 1) {
    const store = await open(path);
    for (let batch = 0; batch < perLife; batch += 1) {
      const changes = Array.from({ length: 1 + random.below(entries) }, () => ({
        key: Buffer.from(`key ${random.below(entries * 3)}`),
        value: random.below(5) === 0 ? null : random.bytes(random.below(valueBytes)),
        timestamp: 0,
      }));
      batches.push({ entries: changes, position: batches.length + 1 });
      await store.write(batches.at(-1) as StoreBatch);
    }
    if (life < count || !isKilled) await store.close();
    else {
      // What a process leaves that is killed now: its files as they are.
      const left = freshPath();
      cpSync(path, left, { recursive: true });
      await store.close();
      return { path: left, batches };
    }
  }
  return { path, batches };
}

/** Cuts a file off or turns over one of its bits, and says what was done. */
function damageOneFile(path: string, random: Random): string {
  const names = readdirSync(path).filter((name) => readFileSync(join(path, name)).length > 0);
  const name = names[random.below(names.length)] as string;
  const bytes = readFileSync(join(path, name));
  const at = random.below(bytes.length);
  if (random.below(2) === 0) {
    truncateSync(join(path, name), at);
    return `${name} cut to ${at} of ${bytes.length}`;
  }
  const bit = random.below(8);
  bytes[at] = (bytes[at] as number) ^ (1 << bit);
  writeFileSync(join(path, name), bytes);
  return `bit ${bit} of byte ${at} of ${name} (${bytes.length}) turned`;
}

/** Opens a store, writes what comes behind its position, as a restore does, and compares it with all that was written. */
async function restoreAndCompare(
  path: string,
  batches: readonly StoreBatch[],
  what: string,
): Promise<number | undefined> {
  const store = await open(path);
  try {
    const { position } = store;
    if (position === undefined) expect([...store.range()], what).toEqual([]);
    for (const batch of batches) if (batch.position > (position ?? 0)) await store.write(batch);
    const expected = new Map<string, string | undefined>();
    for (const { entries } of batches) {
      for (const { key, value } of entries) expected.set(`${key}`, value?.toString('hex'));
    }
    const rows = [...expected].filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
    expect(
      [...store.range()].map(([key, value]) => [`${key}`, value.toString('hex')]),
      what,
    ).toEqual(rows);
    for (const [key, value] of expected) expect(store.get(Buffer.from(key))?.toString('hex'), what).toBe(value);
    return position;
  } finally {
    await store.close();
  }
}
