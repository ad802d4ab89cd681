import fc from 'fast-check';
import type { InputEvent } from './topology-spec.ts';

interface Drawn {
  readonly topic: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly later: number;
  readonly late: number;
  readonly header: string | null;
  readonly advance: number;
}

const key = fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { freq: 15 });
const value = fc.option(
  fc.nat(9).map((digit) => `v${digit}`),
  { freq: 6 },
);
/** How much later the next record happens: often at the same time, sometimes much later. */
const later = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.nat(6_000) },
  { weight: 1, arbitrary: fc.constantFrom(10_000, 30_000, 100_000) },
);
/** How late a record is. */
const late = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.nat(12_000) },
  { weight: 1, arbitrary: fc.nat(120_000) },
);

const drawn: fc.Arbitrary<Drawn> = fc.record({
  topic: fc.nat(11),
  key,
  value,
  later,
  late,
  header: fc.option(fc.constantFrom('x', 'y'), { freq: 1 }),
  advance: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4_000) }),
});

/** Records out of order and late, with null keys and values, equal timestamps and tombstones; and wall-clock time. */
export function inputs(topics: readonly string[]): fc.Arbitrary<readonly InputEvent[]> {
  const start = fc.constantFrom(0, 100_000);
  return fc.tuple(start, fc.array(drawn, { maxLength: 40, size: 'max' })).map(([startTime, records]) => {
    let now = startTime;
    return records.flatMap(({ topic, later, late, header, advance, ...record }): InputEvent[] => {
      now += later;
      const event = {
        topic: topics[topic % topics.length] as string,
        ...record,
        timestamp: Math.max(0, now - late),
        ...(header === null ? {} : { headers: [['h', header] as const] }),
      };
      return advance === 0 ? [event] : [event, { advance }];
    });
  });
}
