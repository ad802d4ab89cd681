import { defineConfig } from 'vitest/config';

const conditions = ['@nagare/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/*/**/*.test.ts',
      'test/house/**/*.test.ts',
      'test/sim/**/*.sim.test.ts',
      'test/streams-oracle/golden.test.ts',
    ],
    // They look for each bug for as long as it takes: a tier of its own runs them.
    exclude: ['**/node_modules/**', 'test/sim/planted-bugs.sim.test.ts'],
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
