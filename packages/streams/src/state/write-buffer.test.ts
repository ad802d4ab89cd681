import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryStore } from './memory.ts';
import { WriteBuffer } from './write-buffer.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const key = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 2 });
const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('put' as const), key, value: fc.option(fc.string({ maxLength: 3 })) }),
    fc.record({ type: fc.constant('commit' as const) }),
    fc.record({ type: fc.constant('abort' as const) }),
    fc.record({ type: fc.constant('drop' as const), key }),
  ),
  { maxLength: 40 },
);

describe('WriteBuffer', () => {
  test('shows its own writes over what is committed, and forgets them when they are aborted', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const store = new MemoryStore({ ordered: true });
        const buffer = new WriteBuffer(store);
        let committed = new Map<string, string>();
        let model = new Map<string, string>();
        for (const step of all) {
          switch (step.type) {
            case 'put':
              buffer.put(bytes(step.key), step.value === null ? null : bytes(step.value), 1);
              if (step.value === null) model.delete(step.key);
              else model.set(step.key, bytes(step.value).toString('latin1'));
              break;
            case 'drop':
              buffer.dropBelow(bytes(step.key));
              for (const each of [...model.keys()]) if (each < step.key) model.delete(each);
              break;
            case 'commit':
              store.apply({ ...buffer.pending(), position: 0 });
              buffer.clear();
              committed = new Map(model);
              break;
            case 'abort':
              buffer.clear();
              model = new Map(committed);
              break;
          }
          const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
          expect([...buffer.range()].map(([k, v]) => [k.toString('latin1'), v.toString('latin1')])).toEqual(expected);
          for (const [k, v] of model) expect(buffer.get(bytes(k))?.toString('latin1')).toBe(v);
        }
      }),
    );
  });

  test('counts the bytes that wait for a commit', () => {
    const buffer = new WriteBuffer(new MemoryStore());
    buffer.put(bytes('key'), bytes('value'), 1);
    expect(buffer.bytes).toBe(8);
    buffer.put(bytes('key'), bytes('v'), 2);
    expect(buffer.bytes).toBe(4);
    buffer.put(bytes('key'), null, 3);
    expect(buffer.bytes).toBe(3);
    buffer.clear();
    expect(buffer.bytes).toBe(0);
  });

  test('gives only the last change of a key to the commit', () => {
    const buffer = new WriteBuffer(new MemoryStore());
    buffer.put(bytes('a'), bytes('1'), 1);
    buffer.put(bytes('a'), bytes('2'), 2);
    const entries = buffer.pending().entries.map(({ key, value, timestamp }) => ({ key, value, timestamp }));
    expect(entries).toEqual([{ key: bytes('a'), value: bytes('2'), timestamp: 2 }]);
  });

  test('keeps what was dropped away when a lower bound follows', () => {
    const store = new MemoryStore({ ordered: true });
    store.apply({ entries: [{ key: bytes('a'), value: bytes('1'), timestamp: 1 }], position: 1 });
    const buffer = new WriteBuffer(store);
    buffer.dropBelow(bytes('b'));
    buffer.dropBelow(bytes('a'));
    expect(buffer.get(bytes('a'))).toBeUndefined();
    store.apply({ ...buffer.pending(), position: 2 });
    expect(store.get(bytes('a'))).toBeUndefined();
  });
});
