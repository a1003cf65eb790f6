import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepKind } from './send-step.js';
import { AMPLE, newWorld } from './send-world.js';
import { finish, NO_RIVAL, SEED, stepSequences, type Model } from './step-command.js';

const setup = () => ({
  model: { world: newWorld({ messages: 4, batchSize: 2, workers: 3 }, AMPLE), steps: [] } as Model,
  real: NO_RIVAL,
});

describe(`the send model (FAST_CHECK_SEED=${SEED})`, () => {
  it('keeps every promise whatever happens in whatever order, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(stepSequences(300), async (commands) => {
        const start = setup();
        await fc.asyncModelRun(() => start, commands);
        await finish(start.model, start.real);
      }),
      { seed: SEED, numRuns: 300, includeErrorInReport: true },
    );
  }, 60_000);

  it('meets every kind of step', async () => {
    const met = new Set<StepKind>();
    await fc.assert(
      fc.asyncProperty(stepSequences(300), async (commands) => {
        const start = setup();
        await fc.asyncModelRun(() => start, commands);
        for (const { kind } of start.model.steps) met.add(kind);
      }),
      { seed: 1, numRuns: 100 },
    );
    expect([...met].toSorted()).toHaveLength(22);
  }, 60_000);
});
