import type { Admin } from '@nagare/client';
import { describe, expect, test, vi } from 'vitest';
import { drained, type Standing } from './drained.ts';

const topics = ['in', 'app-by-key-repartition', 'app-store-changelog', 'out'];

/** An admin of a cluster that goes one step further with each look: committed offsets and ends by topic. */
function clusterOf(
  steps: readonly { readonly committed: Record<string, number>; readonly ends: Record<string, number> }[],
) {
  let looks = 0;
  const now = () => steps[Math.min(looks, steps.length - 1)] as (typeof steps)[number];
  const admin = {
    listTopics: async () => topics.map((topic) => ({ topic })),
    describeTopics: async ({ topics: asked }: { topics: readonly string[] }) =>
      asked.map((topic) => ({ topic, partitions: [{ partition: 0 }] })),
    fetchOffsets: async () =>
      Object.entries(now().committed).map(([topic, offset]) => ({ topic, partition: 0, offset })),
    listOffsets: async ({ partitions }: { partitions: readonly { topic: string }[] }) => {
      const ends = partitions.map(({ topic }) => ({ topic, partition: 0, offset: now().ends[topic] ?? 0 }));
      looks += 1;
      return ends;
    },
  };
  return { admin: admin as unknown as Admin, applicationId: 'app' };
}

const never = new Promise<never>(() => undefined);

function watching(seen: Standing[], feeding: Promise<void> = Promise.resolve()) {
  return { inputs: ['in'], outputs: ['out'], feed: () => feeding, onLook: (standing: Standing) => seen.push(standing) };
}

describe('drained', () => {
  test('waits until every step has committed what there is', async () => {
    const stage = clusterOf([
      { committed: {}, ends: { in: 2 } },
      { committed: { in: 2 }, ends: { in: 2, 'app-by-key-repartition': 2 } },
      { committed: { in: 2, 'app-by-key-repartition': 1 }, ends: { in: 2, 'app-by-key-repartition': 2, out: 1 } },
      { committed: { in: 2, 'app-by-key-repartition': 2 }, ends: { in: 2, 'app-by-key-repartition': 2, out: 2 } },
    ]);
    const seen: Standing[] = [];
    await drained(stage, { finished: never }, watching(seen));
    expect(seen.map(({ written, committed, isDrained }) => [written, committed, isDrained])).toEqual([
      [0, 0, false],
      [0, 2, false],
      [1, 3, false],
      [2, 4, true],
    ]);
  });

  test('waits for what is still to be sent', async () => {
    let sent: () => void = () => undefined;
    const feeding = new Promise<void>((resolve) => {
      sent = resolve;
    });
    const seen: Standing[] = [];
    const options = watching(seen, feeding);
    await drained(
      clusterOf([{ committed: {}, ends: {} }]),
      { finished: never },
      {
        ...options,
        onLook: (standing) => {
          options.onLook(standing);
          if (seen.length === 3) sent();
        },
      },
    );
    expect(seen.length).toBeGreaterThan(3);
  });

  test('waits for as long as something is written, though minutes pass before it is committed', async () => {
    const ends = (out: number) => ({ in: 1, out });
    const stage = clusterOf([
      ...[0, 1, 2, 3].map((out) => ({ committed: {}, ends: ends(out) })),
      { committed: { in: 1 }, ends: ends(3) },
    ]);
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const onLook = () => vi.setSystemTime(Date.now() + 100_000);
      await drained(stage, { finished: never }, { ...watching([]), onLook });
    } finally {
      vi.useRealTimers();
    }
  });

  test('fails with the application, with the feeding, and when it is told to stop', async () => {
    const stage = clusterOf([{ committed: {}, ends: { in: 1 } }]);
    const failed = Promise.reject(new Error('no'));
    failed.catch(() => undefined);
    await expect(drained(stage, { finished: failed }, watching([]))).rejects.toThrow('no');
    await expect(drained(stage, { finished: never }, watching([], failed))).rejects.toThrow('no');
    await expect(drained(stage, { finished: Promise.resolve() }, watching([]))).rejects.toThrow(
      'closed before its end',
    );
    const stop = new AbortController();
    const stopped = drained(
      stage,
      { finished: never },
      { ...watching([]), onLook: () => stop.abort(), signal: stop.signal },
    );
    await expect(stopped).rejects.toThrow('aborted');
  });

  test('stops the feeding and waits for its end before it fails', async () => {
    const stop = new AbortController();
    let hasEnded = false;
    const feed = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          queueMicrotask(() => {
            hasEnded = true;
            reject(signal.reason);
          });
        });
      });
    const stage = clusterOf([{ committed: {}, ends: {} }]);
    const options = { ...watching([]), feed, onLook: () => stop.abort(), signal: stop.signal };
    await expect(drained(stage, { finished: never }, options)).rejects.toThrow('aborted');
    expect(hasEnded).toBe(true);
  });
});
