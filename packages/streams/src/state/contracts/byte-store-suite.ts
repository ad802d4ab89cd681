import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteStore, Entry } from '../byte-store.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const put = (key: string, value: string): Entry => ({ key: bytes(key), value: bytes(value), timestamp: 0 });
const remove = (key: string): Entry => ({ key: bytes(key), value: null, timestamp: 0 });
const read = (entries: Iterable<readonly [Buffer, Buffer]>) =>
  [...entries].map(([k, v]) => [k.toString('latin1'), v.toString('latin1')]);

/** What every store of bytes must do. `open` gives an empty, ordered one. Call it from the test of each implementation. */
export function byteStoreSuite(name: string, open: () => Promise<ByteStore>): void {
  const withStore = async (use: (store: ByteStore) => Promise<void>) => {
    const store = await open();
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };

  describe(`${name} keeps the ByteStore contract`, () => {
    test('is empty and has no position at first', () =>
      withStore(async (store) => {
        expect(store.get(bytes('a'))).toBeUndefined();
        expect(store.position).toBeUndefined();
        expect([...store.range()]).toEqual([]);
      }));

    test('reads what was written, until it is removed', () =>
      withStore(async (store) => {
        await store.write({ entries: [put('a', '1'), put('', 'empty key'), put('b', '')], position: 3 });
        expect(store.get(bytes('a'))).toEqual(bytes('1'));
        expect(store.get(bytes(''))).toEqual(bytes('empty key'));
        expect(store.get(bytes('b'))).toEqual(bytes(''));
        await store.write({ entries: [remove('a'), remove('never there')], position: 5 });
        expect(store.get(bytes('a'))).toBeUndefined();
        expect(store.position).toBe(5);
      }));

    test('gives as texts what it gives as bytes', () =>
      withStore(async (store) => {
        await store.write({ entries: [put('a', '1\xff'), put('', '')], position: 3 });
        if (store.getText === undefined) return;
        expect(['a', '', 'b'].map((key) => store.getText?.(key))).toEqual(['1\xff', '', undefined]);
      }));

    test('takes the last of several changes of a key in a batch', () =>
      withStore(async (store) => {
        await store.write({ entries: [put('a', '1'), remove('a'), put('a', '2')], position: 3 });
        expect(store.get(bytes('a'))).toEqual(bytes('2'));
      }));

    test('range() returns keys in byte order, both ends included', () =>
      withStore(async (store) => {
        const entries = [put('b', '2'), put('\xff', '4'), put('a', '1'), put('ab', '3')];
        await store.write({ entries, position: 4 });
        expect(read(store.range(bytes('a'), bytes('b')))).toEqual([
          ['a', '1'],
          ['ab', '3'],
          ['b', '2'],
        ]);
        expect(read(store.range(bytes('aa')))).toEqual([
          ['ab', '3'],
          ['b', '2'],
          ['\xff', '4'],
        ]);
        expect(read(store.range(undefined, bytes('aa')))).toEqual([['a', '1']]);
      }));

    test('removes all keys below a bound, before the changes of the same batch', () =>
      withStore(async (store) => {
        await store.write({ entries: [put('a', '1'), put('b', '2'), put('c', '3')], position: 3 });
        await store.write({ entries: [put('aa', '4')], position: 4, dropBelow: bytes('b') });
        expect(read(store.range())).toEqual([
          ['aa', '4'],
          ['b', '2'],
          ['c', '3'],
        ]);
        expect(store.get(bytes('a'))).toBeUndefined();
      }));

    test('holds what a map would hold after any batches', async () => {
      const key = fc.string({ unit: fc.constantFrom('a', 'b', '\x00', '\xff'), maxLength: 3 });
      const entry = fc.tuple(key, fc.option(fc.string({ unit: 'binary-ascii', maxLength: 4 })));
      const batches = fc.array(fc.array(entry, { maxLength: 8 }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(batches, (all) =>
          withStore(async (store) => {
            const model = new Map<string, string>();
            for (const [position, batch] of all.entries()) {
              const entries = batch.map(([k, v]) => (v === null ? remove(k) : put(k, v)));
              await store.write({ entries, position });
              for (const [k, v] of batch)
                if (v === null) model.delete(k);
                else model.set(k, v);
            }
            const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
            expect(read(store.range())).toEqual(expected);
            for (const [k, v] of model) expect(store.get(bytes(k))).toEqual(bytes(v));
          }),
        ),
        { numRuns: 25 },
      );
    });
  });
}
