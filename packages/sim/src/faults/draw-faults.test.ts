import { seededRandom } from '@nagare/base';
import { describe, expect, test } from 'vitest';
import { drawFaults, faultKinds } from './draw-faults.ts';
import { type BrokerPart, failpointNames, failpoints } from './failpoints.ts';

const runs = Array.from({ length: 300 }, (_, seed) =>
  drawFaults(seededRandom(seed), { untilMs: 20_000, clients: ['a', 'b'] }),
);

describe('drawFaults()', () => {
  test('gives each run a part of the kinds, and all runs together every kind', () => {
    const kinds = runs.map((faults) => new Set(faults.map(({ kind }) => kind)).size);
    expect(Math.max(...kinds)).toBeLessThan(faultKinds.length);
    expect(kinds.some((count) => count === 1)).toBe(true);
    expect(new Set(runs.flat().map(({ kind }) => kind))).toEqual(new Set(faultKinds));
  });

  test('leaves periods alone, in order of time, and ends in time', () => {
    for (const faults of runs) {
      const times = faults.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(Math.max(0, ...times)).toBeLessThan(20_000);
    }
    const busy = runs.filter(({ length }) => length > 8);
    const quiet = busy.filter((faults) => new Set(faults.map(({ atMs }) => Math.floor(atMs / 5_000))).size < 4);
    expect(quiet.length).toBeGreaterThan(busy.length / 3);
  });

  test('spares what a scenario cannot bear', () => {
    const options = { untilMs: 20_000, clients: [], without: ['broker-crash'] as const };
    const kinds = runs.flatMap((_, seed) => drawFaults(seededRandom(seed), options)).map(({ kind }) => kind);
    expect(kinds).not.toContain('broker-crash');
    expect(kinds).not.toContain('zombie');
  });

  test('draws the failpoints of the parts that are used', () => {
    const namesWith = (parts: readonly BrokerPart[]) => {
      const options = { untilMs: 20_000, clients: [], parts };
      const faults = runs.flatMap((_, seed) => drawFaults(seededRandom(seed), options));
      return new Set(faults.flatMap((fault) => (fault.kind === 'failpoint' ? [fault.name] : [])));
    };
    const plain = namesWith([]);
    expect(plain).toEqual(new Set(failpointNames([])));
    expect(plain).not.toContain('cleaner-swap');
    expect(namesWith(['cleaner'])).toContain('cleaner-swap');
    const every = failpointNames(['offsets', 'transactions', 'cleaner', 'deletion']);
    expect(new Set(every)).toEqual(new Set(Object.keys(failpoints)));
  });
});
