import { defineConfig } from 'vitest/config';

const conditions = ['@nagare/source', 'node', 'import', 'default'];

/** Simulations use the processor alone, so they share the cores. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['test/sim/**/*.sim.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 600_000,
  },
});
