import { type CrashPlace, runWithCrash } from '@nagare/sim';
import { expect, test } from 'vitest';

/** The test command takes a sample of the places, the tier all of them. */
const step = process.env.NAGARE_SEEDS === undefined ? 25 : 1;

const families = [
  ['application', 'crash'],
  ['application', 'power-loss'],
  ['broker', 'crash'],
] as const satisfies readonly (readonly [CrashPlace['of'], CrashPlace['ending']])[];

test.each(families)(
  'each input counts once, wherever between two operations the %s ends by %s',
  {
    timeout: 900_000,
  },
  async (of, ending) => {
    const { errors, operations } = await runWithCrash();
    expect(errors).toEqual([]);
    expect(operations[of]).toBeGreaterThan(100);
    const wrong: string[] = [];
    for (let nth = 1; nth <= operations[of]; nth += step) {
      const result = await runWithCrash({ of, ending, nth });
      wrong.push(...result.errors.map(({ name, text }) => `${nth} of ${operations[of]}: ${name}: ${text}`));
    }
    expect(wrong).toEqual([]);
  },
);
