import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { changelogTopicConfig } from '../topology/topic-configs.ts';
import { toChangelog } from './changelog.ts';
import { MemoryStore } from './memory.ts';
import { versionedStore } from './store-spec.ts';
import { VersionedStore } from './versioned-store.ts';
import { WriteBuffer } from './write-buffer.ts';

const spec = versionedStore({ name: 'prices', key: string, value: string, history: '1m' });

function prices() {
  const buffer = new WriteBuffer(new MemoryStore());
  const drops: string[] = [];
  const store = new VersionedStore<string, string>(spec, buffer, {
    topic: 't',
    drops: { drop: (reason) => void drops.push(reason) },
  });
  return { buffer, store, drops };
}

describe('a versioned store', () => {
  test('knows each row with the time in which it was the row of its key', () => {
    const { store } = prices();
    expect(store.put('a', 'first', 10)).toBe('latest');
    expect(store.put('a', 'third', 30)).toBe('latest');
    expect(store.put('a', 'second', 20)).toBe('past');
    expect(store.get('a')).toEqual({ value: 'third', timestamp: 30, validTo: undefined });
    expect(store.get('a', 29)).toEqual({ value: 'second', timestamp: 20, validTo: 30 });
    expect(store.get('a', 9)).toBeUndefined();
    expect(store.delete('a', 25)).toEqual({ value: 'second', timestamp: 20, validTo: 30 });
    expect([...store.versions('a', 12, 24)].map(({ value }) => value)).toEqual(['first', 'second']);
    expect([...store.versions('a')].map(({ value, timestamp, validTo }) => [value, timestamp, validTo])).toEqual([
      ['first', 10, 20],
      ['second', 20, 25],
      ['third', 30, undefined],
    ]);
  });

  test('refuses and counts what is older than its history, and still has it in its changelog', () => {
    const { buffer, store, drops } = prices();
    store.put('a', 'row', 100_000);
    expect(store.put('b', 'in time', 40_000)).toBe('latest');
    expect(store.put('b', 'too late', 39_999)).toBe('refused');
    expect(store.delete('a', 39_999)).toBeUndefined();
    expect(drops).toEqual(['late', 'late']);
    const log = (buffer.pending().log ?? []).map((entry) => toChangelog(spec, entry));
    expect(log.map(({ key, value, timestamp }) => [String(key), value && String(value), timestamp])).toEqual([
      ['a', 'row', 100_000],
      ['b', 'in time', 40_000],
      ['b', 'too late', 39_999],
      ['a', null, 39_999],
    ]);
  });

  test('finds the row of now, but nothing of the past, as of a time before its history', () => {
    const { store } = prices();
    store.put('a', 'old', 10);
    store.put('b', 'old', 10);
    store.put('b', 'new', 100_000);
    expect(store.get('a', 20)?.value).toBe('old');
    expect(store.get('b', 39_999)).toBeUndefined();
    expect(store.get('b', 40_000)?.value).toBe('old');
    expect([...store.versions('b')].map(({ value }) => value)).toEqual(['old', 'new']);
  });

  test('forgets a deletion at the very time of the only row, as Kafka Streams does', () => {
    const { store } = prices();
    store.put('a', 'row', 20);
    expect(store.put('a', null, 20)).toBe('latest');
    expect(store.put('a', 'earlier', 10)).toBe('latest');
    expect(store.get('a')?.value).toBe('earlier');
    store.put('b', 'row', 5);
    store.put('b', 'row', 20);
    store.put('b', null, 20);
    expect(store.put('b', 'earlier', 10)).toBe('past');
  });

  test('has a changelog that is compacted only when the history is over', () => {
    expect(changelogTopicConfig(spec)).toEqual({
      'message.timestamp.type': 'CreateTime',
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': String(60_000 + 86_400_000),
    });
  });
});
