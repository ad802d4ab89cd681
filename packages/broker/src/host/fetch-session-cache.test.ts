import { seededRandom } from '@nagare/base';
import { describe, expect, test } from 'vitest';
import { SessionPartition } from './fetch-session.ts';
import { FetchSessionCache } from './fetch-session-cache.ts';

const minute = 60_000;

function partitionsOf(count: number): Map<string, SessionPartition> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const name = { topic: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partition: index };
      return [`t:${index}`, new SessionPartition(name, {} as never, false)];
    }),
  );
}

function cacheOf(slots: number) {
  const cache = new FetchSessionCache({ slots, random: seededRandom('sessions') });
  return {
    cache,
    create: (size: number, nowMs: number) => cache.create({ usesIds: false, nowMs, partitions: partitionsOf(size) }),
  };
}

describe('FetchSessionCache', () => {
  test('gives ids of their own, above 0', () => {
    const { cache, create } = cacheOf(100);
    const ids = Array.from({ length: 100 }, () => create(1, 0)?.id ?? 0);
    expect(new Set(ids).size).toBe(100);
    expect(Math.min(...ids)).toBeGreaterThan(0);
    expect(cache.size).toBe(100);
  });

  test('without slots there are no sessions', () => {
    expect(cacheOf(0).create(1, 0)).toBeUndefined();
  });

  test('a full cache keeps young sessions, however large the new one is', () => {
    const { create } = cacheOf(1);
    create(1, 0);
    expect(create(1_000, 2 * minute)).toBeUndefined();
  });

  test('a session that nobody has used for more than two minutes gives way to any', () => {
    const { cache, create } = cacheOf(2);
    const stale = create(10, 0);
    const used = create(10, 0);
    if (used !== undefined) cache.touch(used, 1 * minute);
    expect(create(1, 2 * minute)).toBeUndefined();
    expect(create(1, 2 * minute + 1)).toBeDefined();
    expect(cache.get(stale?.id ?? 0)).toBeUndefined();
    expect(cache.get(used?.id ?? 0)).toBe(used);
  });

  test('a session that is old and in use gives way to one with more partitions, the smallest first', () => {
    const { cache, create } = cacheOf(3);
    const sessions = [create(5, 0), create(3, 0), create(4, 0)];
    for (const session of sessions) if (session !== undefined) cache.touch(session, 2 * minute + 1);
    expect(create(3, 2 * minute + 1)).toBeUndefined();
    expect(create(4, 2 * minute + 1)).toBeDefined();
    expect(sessions.map((session) => cache.get(session?.id ?? 0) !== undefined)).toEqual([true, false, true]);
  });

  test('a slot is free again after its session has ended', () => {
    const { cache, create } = cacheOf(1);
    cache.remove(create(1, 0)?.id ?? 0);
    expect(create(1, 0)).toBeDefined();
  });
});
