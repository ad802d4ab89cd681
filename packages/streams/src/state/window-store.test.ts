import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsError } from '../errors.ts';
import { MemoryStore } from './memory.ts';
import { SegmentedSessionStore } from './session-store.ts';
import { sessionStore, windowStore } from './store-spec.ts';
import { SegmentedWindowStore } from './window-store.ts';
import { WriteBuffer } from './write-buffer.ts';

const texts = { key: string, value: string };

function windows({ retainDuplicates = false, ranges = true } = {}) {
  const spec = windowStore({ name: 'w', ...texts, retention: '2m', windowSize: '10s', retainDuplicates, ranges });
  const buffer = new WriteBuffer(new MemoryStore({ ordered: ranges }));
  const times = { observed: { ms: -1 }, sequence: { ms: -1 } };
  const late: string[] = [];
  const drops = { drop: (reason: string) => void late.push(reason) };
  const open = () => new SegmentedWindowStore<string, string>(spec, buffer, { topic: 't', ...times, drops });
  return { store: open(), open, late };
}

const short = (rows: Iterable<{ key: string; window: { start: number }; value: string }>) =>
  [...rows].map(({ key, window, value }) => `${key}@${window.start}=${value}`);

describe('a window store', () => {
  test('reads the windows of one key in order, both bounds included, and backwards', () => {
    const { store } = windows();
    for (const start of [70_000, 10_000, 0, 65_000]) store.put('a', `${start}`, start, start);
    store.put('ab', 'other', 10_000, 10_000);
    expect(short(store.fetch('a', 0, 65_000))).toEqual(['a@0=0', 'a@10000=10000', 'a@65000=65000']);
    expect(short(store.backwardFetch('a', 10_000, 70_000))).toEqual([
      'a@70000=70000',
      'a@65000=65000',
      'a@10000=10000',
    ]);
    expect([...store.fetch('a', 10_000, 10_000)]).toEqual([
      { key: 'a', window: { start: 10_000, end: 20_000 }, value: '10000', timestamp: 10_000 },
    ]);
  });

  test('reads the windows of all keys by segments, keys and starts, and backwards', () => {
    const { store } = windows();
    store.put('b', '1', 0, 0);
    store.put('a', '2', 70_000, 70_000);
    store.put('a', '3', 10_000, 10_000);
    store.put('a', '4', 90_000, 90_000);
    expect(short(store.fetchAll(0, 80_000))).toEqual(['a@10000=3', 'b@0=1', 'a@70000=2']);
    expect(short(store.backwardFetchAll(5_000, 80_000))).toEqual(['a@70000=2', 'a@10000=3']);
  });

  test('does not show what has left the retention, and drops its segment', () => {
    const { store } = windows();
    store.put('a', 'old', 59_000, 0);
    store.put('a', 'new', 179_000, 0);
    expect(store.fetch('a', 59_000)).toBeUndefined();
    expect(short(store.fetchAll(0, 200_000))).toEqual(['a@179000=new']);
    store.put('a', 'too old', 10, 0);
    expect(short(store.fetch('a', 0, 200_000))).toEqual(['a@179000=new']);
  });

  test('counts what comes after its segment was dropped', () => {
    const { store, late } = windows();
    store.put('a', 'new', 179_000, 0);
    expect(late).toEqual([]);
    store.put('a', 'hidden', 10, 0);
    expect(late).toEqual([]);
    store.put('a', 'newer', 240_000, 0);
    store.put('a', 'dropped', 10, 0);
    expect(late).toEqual(['late']);
  });

  test('removes a window that is set to null', () => {
    const { store } = windows();
    store.put('a', 'x', 0, 0);
    store.put('a', null, 0, 0);
    expect(short(store.fetchAll(0, 0))).toEqual([]);
  });

  test('keeps every value of a key and start, also of those that come after a restart', () => {
    const { store, open } = windows({ retainDuplicates: true });
    store.put('a', '1', 5, 5);
    store.put('a', '2', 5, 5);
    open().put('a', '3', 5, 5);
    expect(short(open().fetch('a', 0, 10))).toEqual(['a@5=1', 'a@5=2', 'a@5=3']);
  });

  test('refuses ranges when it was made without them', () => {
    const { store } = windows({ ranges: false });
    store.put('a', '1', 5, 5);
    expect(store.fetch('a', 5)).toEqual({ value: '1', timestamp: 5 });
    expect(() => store.fetch('a', 0, 10)).toThrow(StreamsError);
  });

  test('must be kept for as long as a window', () => {
    expect(() => windowStore({ name: 'w', ...texts, retention: 9, windowSize: 10 })).toThrow(RangeError);
  });
});

describe('a session store', () => {
  function sessions() {
    const spec = sessionStore({ name: 's', ...texts, retention: '2m' });
    const buffer = new WriteBuffer(new MemoryStore({ ordered: true }));
    const options = { topic: 't', now: { timestampMs: 0, drop: () => {} }, observed: { ms: -1 } };
    return new SegmentedSessionStore<string, string>(spec, buffer, options);
  }

  test('finds the sessions of a key that overlap a span, and backwards', () => {
    const store = sessions();
    store.put('a', '1', 0, 10);
    store.put('a', '2', 20, 30);
    store.put('a', '3', 65_000, 65_001);
    store.put('aa', 'other', 20, 30);
    expect(short(store.findSessions('a', 10, 25))).toEqual(['a@0=1', 'a@20=2']);
    expect(short(store.findSessions('a', 11, 65_000))).toEqual(['a@20=2', 'a@65000=3']);
    expect(short(store.backwardFindSessions('a', 0, 19))).toEqual(['a@0=1']);
    expect(store.fetchSession('a', 20, 30)).toBe('2');
    store.remove('a', 20, 30);
    expect(store.fetchSession('a', 20, 30)).toBeUndefined();
  });

  test('finds ended sessions of all keys by end, start and key', () => {
    const store = sessions();
    store.put('b', '1', 5, 10);
    store.put('a', '2', 5, 10);
    store.put('c', '3', 0, 10);
    store.put('a', '4', 70_000, 70_000);
    expect(short(store.findEnded(10, 69_999))).toEqual(['c@0=3', 'a@5=2', 'b@5=1']);
  });

  test('does not show sessions that ended before the retention', () => {
    const store = sessions();
    store.put('a', 'old', 0, 10);
    store.put('a', 'new', 120_010, 120_010);
    expect(short(store.findSessions('a', 0, 200_000))).toEqual(['a@120010=new']);
    expect(store.fetchSession('a', 0, 10)).toBeUndefined();
  });
});
