import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** A vitest configuration for tests that start processes: one file after the other, with time to wait for them. */
export function sequentialTests(include: string): ViteUserConfig {
  const conditions = ['@nagare/source', 'node', 'import', 'default'];
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      include: [include],
      fileParallelism: false,
      pool: 'forks',
      testTimeout: 180_000,
      hookTimeout: 300_000,
    },
  });
}
