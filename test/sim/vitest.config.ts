import { defineConfig } from 'vitest/config';

const conditions = ['@nagare/source', 'node', 'import', 'default'];

/** More than ten times as many seeds as the test command runs. Simulations use the processor alone, so they share the cores. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['test/sim/**/*.sim.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Files leave nothing behind, and compiled code serves the next one.
    isolate: false,
    testTimeout: 600_000,
    env: { NAGARE_SEEDS: process.env.NAGARE_SEEDS ?? '3300' },
  },
});
