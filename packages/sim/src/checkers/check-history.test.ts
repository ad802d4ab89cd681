import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../history/event.ts';
import { modelSteps, validHistory } from '../testing/model-log.ts';
import { mutators } from '../testing/mutators.ts';
import type { AnomalyName } from './anomaly.ts';
import { checkHistory, errorsIn } from './check-history.ts';

const namesIn = (history: readonly HistoryEvent[]) => checkHistory(history).map(({ name }) => name);

describe('checkHistory()', () => {
  test('accepts every history of a log that does everything right', () => {
    fc.assert(
      fc.property(modelSteps, (steps) => {
        expect(errorsIn(checkHistory(validHistory(steps)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each(Object.keys(mutators) as AnomalyName[])('finds a planted %s', (name) => {
    let planted = 0;
    fc.assert(
      fc.property(modelSteps, fc.infiniteStream(fc.nat()), (steps, numbers) => {
        const history = structuredClone(validHistory(steps));
        const pick = (count: number) => (numbers.next().value as number) % count;
        fc.pre(mutators[name]?.(history, pick) === true);
        planted += 1;
        expect(namesIn(history)).toContain(name);
      }),
      { numRuns: 60 },
    );
    expect(planted).toBeGreaterThan(20);
  });
});
