import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { LedgerRival } from '../../model/ledger-rival.js';
import { AMPLE, newWorld } from '../../model/send-world.js';
import type { Step } from '../../model/send-step.js';
import { finish, SEED, stepSequences, take, traceOf, type Model } from '../../model/step-command.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LedgerFixture } from '../../support/ledger-fixture.js';

/** Ways on which a guard was found missing, or that chance seldom takes. */
const TRACES: Readonly<Record<string, readonly Step[]>> = {
  'a barrier that lands while its batch is given back': [
    { kind: 'lease', worker: 0, dispatch: 0 },
    { kind: 'barrier', worker: 0, rows: [0], isLate: true },
    { kind: 'releaseBeside', worker: 0, lateBarrier: 0 },
    { kind: 'pause', dispatch: 0 },
    { kind: 'cancel', dispatch: 0 },
  ],
  'a proof that is written again when the next attempt is open': [
    { kind: 'lease', worker: 0, dispatch: 0 },
    { kind: 'barrier', worker: 0, rows: [0], isLate: false },
    { kind: 'call', worker: 0, call: 0, answer: 'throttled' },
    { kind: 'settle', worker: 0, isForgotten: false },
    { kind: 'barrier', worker: 0, rows: [0], isLate: false },
    { kind: 'settle', worker: 0, isForgotten: true },
  ],
  'a message that arrives while it is about to be sent again': [
    { kind: 'lease', worker: 0, dispatch: 0 },
    { kind: 'barrier', worker: 0, rows: [0], isLate: false },
    { kind: 'call', worker: 0, call: 0, answer: 'lostButTaken' },
    { kind: 'settle', worker: 0, isForgotten: true },
    { kind: 'resend', row: 0 },
    { kind: 'status', row: 0, attempt: 1, word: 'delivered' },
  ],
  'a look-up after a resend, of what was sent again': [
    { kind: 'lease', worker: 0, dispatch: 0 },
    { kind: 'barrier', worker: 0, rows: [0], isLate: false },
    { kind: 'call', worker: 0, call: 0, answer: 'rejected' },
    { kind: 'settle', worker: 0, isForgotten: true },
    { kind: 'resend', row: 0 },
    { kind: 'lease', worker: 1, dispatch: 1 },
    { kind: 'barrier', worker: 1, rows: [4], isLate: false },
    { kind: 'call', worker: 1, call: 0, answer: 'lostNotTaken' },
    { kind: 'settle', worker: 1, isForgotten: true },
    { kind: 'lookUp', row: 4, isTaken: false },
    { kind: 'resend', row: 4 },
    { kind: 'status', row: 0, attempt: 1, word: 'read' },
  ],
  'a failure that is reported of an attempt before the open one': [
    { kind: 'lease', worker: 0, dispatch: 0 },
    { kind: 'barrier', worker: 0, rows: [0], isLate: false },
    { kind: 'call', worker: 0, call: 0, answer: 'retryable' },
    { kind: 'settle', worker: 0, isForgotten: true },
    { kind: 'barrier', worker: 0, rows: [0], isLate: false },
    { kind: 'status', row: 0, attempt: 1, word: 'failed' },
  ],
};

const MESSAGES = 4;
const BATCH_SIZE = 2;

describe(`the ledger beside its model (FAST_CHECK_SEED=${SEED})`, () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;
  let worlds = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url);
  });

  afterAll(async () => {
    await ledger.close();
    await database.drop();
  });

  const start = async () => {
    const model: Model = {
      world: newWorld({ messages: MESSAGES, batchSize: BATCH_SIZE, workers: 3 }, AMPLE),
      steps: [],
    };
    worlds += 1;
    const recipients = Array.from(
      { length: MESSAGES },
      (_, index) => `+52155${10_000_000 + worlds * MESSAGES + index}`,
    );
    return { model, real: await LedgerRival.start(ledger, model.world, recipients, BATCH_SIZE) };
  };

  for (const [name, steps] of Object.entries(TRACES)) {
    it(`comes to the same after ${name}`, async () => {
      const { model, real } = await start();
      for (const step of steps) await take(model, step, real);
      await real.expectEqual(model.world);
      await finish(model, real);
      await real.expectEqual(model.world);
    });
  }

  it('comes to the same rows, batches and counters after whatever happens, and leaves nothing behind', async () => {
    const sequences = stepSequences(160);
    await fc.assert(
      fc.asyncProperty(sequences, async (commands) => {
        const both = await start();
        try {
          await fc.asyncModelRun(() => both, commands);
          await both.real.expectEqual(both.model.world);
          await finish(both.model, both.real);
          await both.real.expectEqual(both.model.world);
        } catch (error) {
          throw new Error(`${(error as Error).message}\nafter\n${traceOf(both.model)}`, { cause: error });
        }
      }),
      { seed: SEED, numRuns: 160, includeErrorInReport: true },
    );
  }, 120_000);
});
