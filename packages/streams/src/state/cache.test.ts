import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CacheBudget, type HeldChange, StoreCache } from './cache.ts';
import { MemoryStore } from './memory.ts';
import { WriteBuffer } from './write-buffer.ts';

interface Told {
  readonly key: string;
  readonly now: string | undefined;
  readonly before: string | undefined;
  readonly timestamp: number;
}

/** A cache in front of a store in memory, and what it tells. */
function cacheOf({ bytesMax = 1e6, hearsBefore = true } = {}) {
  const store = new MemoryStore({ ordered: true });
  const buffer = new WriteBuffer(store);
  const budget = new CacheBudget(bytesMax);
  const at = { source: { topic: 'in', partition: 0, offset: 7 } };
  const cache = new StoreCache(buffer, budget, at);
  const told: Told[] = [];
  const held: HeldChange[] = [];
  cache.tellTo({
    hearsBefore,
    tell: (key, { now, before }, change) => {
      told.push({ key: `${key}`, now: now?.toString(), before: before?.toString(), timestamp: change.timestamp });
      held.push({ ...change });
    },
  });
  const put = (key: string, value: string | null, timestamp = 0) =>
    cache.put(Buffer.from(key), value === null ? null : Buffer.from(value), timestamp);
  const get = (key: string) => cache.get(Buffer.from(key))?.toString();
  const commit = () => {
    cache.tellAll();
    const { entries, dropBelow } = buffer.pending();
    store.apply({ entries, dropBelow, position: 0 });
    buffer.clear();
    return entries.map(({ key, value }) => [`${key}`, value === null ? null : `${value}`]);
  };
  return { cache, budget, told, held, put, get, commit, at };
}

test('the last change of a row is told with the row before the first one, in the order of the last changes', () => {
  const { put, commit, told } = cacheOf();
  put('a', 'a1', 1);
  put('b', 'b1', 2);
  commit();
  told.length = 0;
  put('a', 'a2', 3);
  put('c', 'c1', 4);
  put('b', 'b2', 5);
  put('a', 'a3', 6);
  commit();
  expect(told).toEqual([
    { key: 'c', now: 'c1', before: undefined, timestamp: 4 },
    { key: 'b', now: 'b2', before: 'b1', timestamp: 5 },
    { key: 'a', now: 'a3', before: 'a1', timestamp: 6 },
  ]);
});

test('whoever does not ask for the row before is not told it, but of its deletion', () => {
  const { put, commit, told } = cacheOf({ hearsBefore: false });
  put('a', 'a1');
  commit();
  put('a', 'a2');
  put('a', null, 9);
  commit();
  expect(told.at(-1)).toEqual({ key: 'a', now: undefined, before: undefined, timestamp: 9 });
});

test('a row that has come and gone since the commit is told to nobody and written nowhere', () => {
  const { put, commit, told } = cacheOf();
  put('a', 'a1');
  put('a', null);
  expect(commit()).toEqual([]);
  expect(told).toEqual([]);
});

test('a row that was told of before it went is deleted downstream and in the changelog', () => {
  const { cache, put, commit, told } = cacheOf();
  put('a', 'a1');
  cache.tellAll();
  put('a', null);
  cache.tellAll();
  put('a', 'a2');
  put('a', null);
  expect(commit()).toEqual([['a', null]]);
  expect(told.map(({ now }) => now)).toEqual(['a1', undefined]);
});

test('what leaves the store before it was told is told all the same', () => {
  const { cache, put, get, commit, told } = cacheOf();
  put('a', 'a1', 1);
  put('b', 'b1', 2);
  cache.dropBelow(Buffer.from('b'));
  expect(get('a')).toBeUndefined();
  expect(commit()).toEqual([['b', 'b1']]);
  expect(told.map(({ key, now }) => [key, now])).toEqual([
    ['a', 'a1'],
    ['b', 'b1'],
  ]);
});

test('a change goes on with the headers and the place of the last record that made it', () => {
  const { cache, put, commit, held, at } = cacheOf();
  cache.by({ headers: [{ key: 'h', value: Buffer.from('1') }] });
  put('a', 'a1');
  at.source = { topic: 'in', partition: 0, offset: 8 };
  cache.by({ headers: [{ key: 'h', value: Buffer.from('2') }] });
  put('a', 'a2');
  commit();
  expect(held).toMatchObject([{ source: { offset: 8 }, headers: [{ value: Buffer.from('2') }] }]);
});

test('what is forgotten is never told, and takes nothing of the budget', () => {
  const { cache, put, told, budget } = cacheOf();
  put('a', 'a1');
  put('a', 'a23');
  expect(budget.bytes).toBeGreaterThan(0);
  cache.clear();
  cache.tellAll();
  expect(told).toEqual([]);
  expect(budget.bytes).toBe(0);
});

const anyStep = fc.oneof(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.option(fc.string({ maxLength: 6 })) }),
  fc.constantFrom('commit' as const, 'evict' as const),
);

test('whatever is told and when, each row goes from what was told last to what is, and ends as it is', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const { cache, put, get, commit, told, budget } = cacheOf();
      const rows = new Map<string, string>();
      for (const step of steps) {
        if (step === 'commit') commit();
        else if (step === 'evict') cache.tellFirst();
        else {
          put(step.key, step.value);
          if (step.value === null) rows.delete(step.key);
          else rows.set(step.key, step.value);
          expect(get(step.key)).toBe(rows.get(step.key));
        }
        expect(budget.bytes > 0).toBe(cache.size > 0);
      }
      commit();
      const heard = new Map<string, string>();
      for (const { key, now, before } of told) {
        expect(before).toBe(heard.get(key));
        if (now === undefined) heard.delete(key);
        else heard.set(key, now);
      }
      expect(heard).toEqual(rows);
      expect(budget.bytes).toBe(0);
    }),
  );
});
