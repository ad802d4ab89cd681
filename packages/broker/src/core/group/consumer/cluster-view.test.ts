import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { topicsView } from '../../../testing/consumer-shard.ts';
import { hashTopics } from './cluster-view.ts';

describe('The hash of topics', () => {
  const topics = topicsView({ t: 1, u: 2 });

  test('is the same for the same topics, in whatever order they are named', () => {
    expect(hashTopics(['t', 'u'], topics)).toBe(hashTopics(['u', 't'], topicsView({ u: 2, t: 1 })));
  });

  test('is another with more partitions, another id, another topic or one less', () => {
    const all = [
      hashTopics(['t', 'u'], topics),
      hashTopics(['t', 'u'], topicsView({ t: 1, u: 3 })),
      hashTopics(['t', 'u'], topicsView({ t: 2, u: 1 })),
      hashTopics(['t', 'u'], topicsView({ t: 1, u: 2 }, 'B')),
      hashTopics(['t', 'v'], topicsView({ t: 1, v: 2 })),
      hashTopics(['t'], topics),
      hashTopics(['t', 'u'], topicsView({ t: 1 })),
    ];
    expect(new Set(all).size).toBe(all.length - 1); // The last two see the same topic.
  });

  test('is 0 without topics', () => {
    expect([hashTopics([], topics), hashTopics(['w'], topics)]).toEqual([0, 0]);
  });

  test('is an integer that a record holds, and differs for different numbers of partitions', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(names, fc.nat(), fc.nat(), (all, some, others) => {
        const hashOf = (count: number) =>
          hashTopics(all, topicsView(Object.fromEntries(all.map((name) => [name, count]))));
        expect(Number.isSafeInteger(hashOf(some))).toBe(true);
        if (some !== others) expect(hashOf(some)).not.toBe(hashOf(others));
      }),
    );
  });
});
