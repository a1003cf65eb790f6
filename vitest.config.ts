import { defineConfig } from 'vitest/config';

const EXPLAIN = 'test/integration/explain/**/*.int-spec.ts';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{src,demo,bench,test/model}/**/*.spec.ts'] } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.int-spec.ts'],
          exclude: [EXPLAIN],
          globalSetup: ['test/support/services.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // One file at a time: they count pages of one database of a million rows, or the time of a call.
        test: {
          name: 'alone',
          include: [EXPLAIN, 'test/contract/**/*.contract-spec.ts'],
          globalSetup: ['test/support/services.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          globalSetup: ['test/support/services.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.chaos-spec.ts'],
          globalSetup: ['test/support/services.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
