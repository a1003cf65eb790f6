import { defineConfig } from 'vitest/config';

const CONTRACT = 'test/contract/**/*.contract-spec.ts';
const EXPLAIN = 'test/integration/explain/**/*.int-spec.ts';
/** They compare what was sent with the clock, and want the box for themselves. */
const TIMED = [
  ...['adaptive-sending', 'paced-sending', 'pools'].map((name) => `test/e2e/${name}.e2e-spec.ts`),
  'test/chaos/four-workers.chaos-spec.ts',
];
const FAULTS = 'test/chaos/**/*.chaos-spec.ts';
/** They hold a limit against the clock of the provider to the last call, or compare rates. */
const STRICT_FAULTS = (
  'clocks four-workers hosts limits pools postgres-locks processes provider-answers redis redis-replica ' +
  'redis-trouble security-limits webhooks'
)
  .split(' ')
  .map((name) => `test/chaos/${name}.chaos-spec.ts`);

export default defineConfig({
  test: {
    projects: [
      // Files share a process and its modules: loading Nest and TypeORM for each took more than half of the time.
      {
        test: { name: 'unit', include: ['{src,demo,bench,script,test/model}/**/*.spec.ts'], isolate: false },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.int-spec.ts', CONTRACT],
          exclude: [EXPLAIN],
          isolate: false,
          globalSetup: ['test/support/services.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // One file at a time: they count pages of one database of a million rows.
        test: {
          name: 'alone',
          include: [EXPLAIN],
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
          exclude: TIMED,
          globalSetup: ['test/support/services.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'timed',
          include: TIMED,
          globalSetup: ['test/support/services.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'chaos',
          include: [FAULTS],
          exclude: TIMED,
          globalSetup: ['test/support/services.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      // The fault suite at full size, in two parts: most leave half of the box idle.
      {
        test: {
          name: 'faults',
          include: [FAULTS],
          exclude: STRICT_FAULTS,
          globalSetup: ['test/support/services.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'strict-faults',
          include: STRICT_FAULTS,
          globalSetup: ['test/support/services.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
