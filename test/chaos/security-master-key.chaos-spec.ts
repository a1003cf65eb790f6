import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchCaudal } from '../support/caudal-process.js';
import { Stack } from '../support/stack.js';
import { Dice, isFull, seeds } from './dice.js';
import { SHORT_LEASES } from './scene.js';

const MOST_MS_TO_REFUSE = 60_000;

describe.runIf(isFull)('the master key', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 0, environment: SHORT_LEASES });
    await stack.createChannel();
  });

  afterAll(() => stack.stop());

  it.each(seeds)(
    'S-12 missing, empty, too short or another one: no process starts, and none says what it was given [seed %i]',
    async (seed) => {
      const dice = new Dice('S-12', seed);
      const dataDir = mkdtempSync(join(tmpdir(), 'caudal-master-key-'));
      onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
      const base = {
        ...SHORT_LEASES,
        DATABASE_URL: stack.addresses.postgres,
        REDIS_URL: stack.addresses.redis,
        CAUDAL_DATA_DIR: dataDir,
        CAUDAL_ADMIN_KEY: 'cdl_a_key_for_tests_that_is_long_enough',
      };
      const another = randomBytes(32).toString('hex');
      const wrong = [undefined, '', another.slice(0, Math.round(dice.between(1, 15))), another];
      const beganMs = Date.now();
      for (const key of wrong) {
        const role = dice.pick(['api', 'worker', 'router', 'api,worker,router']);
        const given: Record<string, string> = key === undefined ? {} : { CAUDAL_MASTER_KEY: key };
        const child = await launchCaudal({ ...base, ...given, CAUDAL_ROLES: role });
        onTestFinished(() => child.signal('SIGKILL'));
        let ending: { code: number | null } | undefined;
        void child.ended.then((end) => (ending = end));
        await expect
          .poll(() => ending?.code, { timeout: MOST_MS_TO_REFUSE, interval: 20 })
          .toBeGreaterThan(0);
        expect(child.output()).toContain('CAUDAL_MASTER_KEY');
        if (key !== undefined && key.length > 8) expect(child.output()).not.toContain(key);
      }
      const [row] = await stack.ledger.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM master_key');
      dice.tell({ keys: wrong.length, started: 0, ms: Date.now() - beganMs });
      expect(row!.n).toBe(1);
      // The right one opens what it sealed.
      await stack.createChannel();
    },
  );
});
