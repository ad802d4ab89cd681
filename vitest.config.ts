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
      'test/sim/{simulation,regressions}.sim.test.ts',
    ],
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
